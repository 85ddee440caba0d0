#include "pipeline/checkpoint/format/mapped_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shotspec/base/error.h"

namespace nightreel {

MappedFile::MappedFile(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const auto kind = errno == ENOENT ? ErrorKind::bad_input : ErrorKind::unavailable;
        throw Error(
            kind,
            fmt::format(
                "{}: cannot be opened: {}", file.string(), std::generic_category().message(errno)));
    }
    struct stat facts = {};
    const bool regular = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
    void* address = nullptr;
    if (regular && facts.st_size > 0) {
        size_ = static_cast<std::size_t>(facts.st_size);
        address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    const int fault = errno;
    ::close(descriptor);
    if (!regular) throw Error(ErrorKind::bad_input, file.string() + ": not a regular file");
    if (address == MAP_FAILED) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format(
                "{}: cannot be mapped: {}", file.string(), std::generic_category().message(fault)));
    }
    start_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
    // munmap takes no pointer to const, though it writes nothing.
    if (start_ != nullptr) ::munmap(const_cast<std::byte*>(start_), size_);
}

}  // namespace nightreel

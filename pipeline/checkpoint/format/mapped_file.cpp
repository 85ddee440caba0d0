#include "pipeline/checkpoint/format/mapped_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"

namespace nightreel {

MappedFile::MappedFile(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const bool is_missing = errno == ENOENT;
        const Error error = local_file_error(file, "cannot be opened", last_file_error());
        throw Error(is_missing ? ErrorKind::bad_input : error.kind(), error.what());
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
        throw local_file_error(file, "cannot be mapped", {fault, std::generic_category()});
    }
    start_ = static_cast<const std::byte*>(address);
}

MappedFile::~MappedFile() {
    // munmap takes no pointer to const, though it writes nothing.
    if (start_ != nullptr) ::munmap(const_cast<std::byte*>(start_), size_);
}

}  // namespace nightreel

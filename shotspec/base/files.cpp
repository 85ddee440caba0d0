#include "shotspec/base/files.h"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/file_copy.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
    throw file_error(path, what, last_file_error());
}

class OpenFile {
  public:
    OpenFile(const std::filesystem::path& path, int flags)
        : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
        if (!file_) fail(path, "cannot be opened");
    }

    void write(std::span<const std::byte> bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail(path_, "writing failed");
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }

    // What was read; fewer bytes only at the end of the file.
    std::span<const std::byte> read(std::span<std::byte> bytes) const {
        std::size_t count = 0;
        while (count < bytes.size()) {
            const ssize_t more = ::read(file_.get(), bytes.data() + count, bytes.size() - count);
            if (more < 0 && errno == EINTR) continue;
            if (more < 0) fail(path_, "reading failed");
            if (more == 0) break;
            count += static_cast<std::size_t>(more);
        }
        return bytes.first(count);
    }

    void sync() const {
        if (::fsync(file_.get()) != 0) fail(path_, "fsync failed");
    }

  private:
    const std::filesystem::path& path_;
    Descriptor file_;
};

std::filesystem::path aside(const std::filesystem::path& path) {
    static std::atomic<unsigned> count{0};  // several threads may write the same name at once
    return path.parent_path() /
           fmt::format(".{}.{}.{}.part", path.filename().string(), ::getpid(), count++);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw local_file_error(path, "cannot be read", last_file_error());
    if (std::filesystem::is_directory(path)) {
        throw local_file_error(
            path, "cannot be read", std::make_error_code(std::errc::is_a_directory));
    }
    std::ostringstream text;
    text << stream.rdbuf();
    if (stream.bad()) throw local_file_error(path, "cannot be read", last_file_error());
    return std::move(text).str();
}

void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    const std::filesystem::path part = aside(path);
    try {
        const OpenFile file(part, O_WRONLY | O_CREAT | O_EXCL);
        file.write(bytes);
        file.sync();
        if (::rename(part.c_str(), path.c_str()) != 0) fail(path, "rename failed");
    } catch (const Error&) {
        ::unlink(part.c_str());
        throw;
    }
    sync_directory(path.parent_path().empty() ? "." : path.parent_path());
}

void write_file_unsynced(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC).write(bytes);
}

void write_file_unsynced(const std::filesystem::path& path, std::string_view text) {
    write_file_unsynced(path, std::as_bytes(std::span(text)));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
    write_file_atomically(path, std::as_bytes(std::span(text)));
}

void copy_whole_file(const std::filesystem::path& source, const std::filesystem::path& target) {
    copy_whole_file(source, target, {});
}

void copy_whole_file(const std::filesystem::path& source,
                     const std::filesystem::path& target,
                     const Pulse& pulse) {
    constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
    const OpenFile from(source, O_RDONLY);
    const OpenFile to(target, O_WRONLY | O_CREAT | O_EXCL);
    std::vector<std::byte> buffer(buffer_bytes);
    for (auto bytes = from.read(buffer); !bytes.empty(); bytes = from.read(buffer)) {
        to.write(bytes);
        beat(pulse);
    }
    to.sync();
}

void sync_file(const std::filesystem::path& path) {
    OpenFile(path, O_RDONLY).sync();
}

void sync_directory(const std::filesystem::path& directory) {
    OpenFile(directory, O_RDONLY | O_DIRECTORY).sync();
}

}  // namespace nightreel

#include "pipeline/checkpoint/convert/tensor_writer.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <span>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/checkpoint/convert/decoded_tensor.h"
#include "pipeline/checkpoint/format/safetensors_header.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::size_t piece_bytes = 8U << 20U;

class DigestedFile {
  public:
    explicit DigestedFile(const std::filesystem::path& file)
        : file_(file),
          descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) fail("cannot be created");
    }

    ~DigestedFile() { ::close(descriptor_); }

    DigestedFile(const DigestedFile&) = delete;
    DigestedFile& operator=(const DigestedFile&) = delete;

    void write(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const auto piece = bytes.first(std::min(bytes.size(), piece_bytes));
            const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) fail("cannot be written");
            const auto count = static_cast<std::size_t>(written);
            hasher_.update(bytes.first(count));
            bytes = bytes.subspan(count);
        }
    }

    Digest finish() {
        if (::fsync(descriptor_) != 0) fail("cannot be synced");
        return hasher_.finish();
    }

  private:
    [[noreturn]] void fail(const char* what) const {
        throw local_file_error(file_, what, last_file_error());
    }

    std::filesystem::path file_;
    int descriptor_;
    Hasher hasher_;
};

}  // namespace

Digest write_part(const StoredPart& part, const std::filesystem::path& file) {
    std::map<std::string, TensorFacts, std::less<>> facts;
    for (const auto& [name, place] : part.places()) {
        facts[name] = {written_type(part, name, place), place.tensor.shape};
    }
    DigestedFile out(file);
    const std::string header = safetensors_header_bytes(facts, {{"format", "pt"}});
    out.write(std::as_bytes(std::span(header)));
    for (const auto& [name, place] : part.places()) {
        if (is_written_anew(place)) {
            write_decoded(part, place, facts[name].type, [&](std::span<const std::byte> bytes) {
                out.write(bytes);
            });
        } else {
            out.write(part.file_of(place).bytes_of(place.tensor));
        }
    }
    return out.finish();
}

}  // namespace nightreel

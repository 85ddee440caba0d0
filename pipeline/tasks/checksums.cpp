#include "pipeline/tasks/checksums.h"

#include <sstream>

#include <fmt/format.h>

#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr std::size_t digest_digits = 64;
constexpr std::string_view between = "  ";  // as sha256sum writes it

}  // namespace

void write_checksums(const std::filesystem::path& folder, const Checksums& digests) {
    std::string text;
    for (const auto& [name, digest] : digests) {
        text += fmt::format("{}{}{}\n", digest.hex(), between, name);
    }
    write_file_unsynced(folder / checksums_name, text);
}

Checksums read_checksums(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / checksums_name;
    Checksums digests;
    std::istringstream lines(read_file(path));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t name_begin = digest_digits + between.size();
        if (line.size() <= name_begin || line.substr(digest_digits, between.size()) != between) {
            throw Error(ErrorKind::corrupt,
                        fmt::format("{}: invalid checksum \"{}\"", path.string(), line));
        }
        digests[line.substr(name_begin)] = Digest::from_hex(line.substr(0, digest_digits));
    }
    return digests;
}

}  // namespace nightreel

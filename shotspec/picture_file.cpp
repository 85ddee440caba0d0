#include "shotspec/picture_file.h"

#include <array>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/nearest_word.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// What PNG, JPEG and OpenEXR files begin with.
constexpr std::array<std::string_view, 3> picture_beginnings = {
    std::string_view("\x89PNG\r\n\x1a\n", 8),
    std::string_view("\xFF\xD8\xFF", 3),
    std::string_view("\x76\x2F\x31\x01", 4),
};

std::string missing(const fs::path& path) {
    constexpr std::size_t neighbours_max = 1000;
    std::vector<std::string> neighbours;
    std::error_code error;
    for (fs::directory_iterator at(path.parent_path(), error), end; !error && at != end;
         at.increment(error)) {
        if (neighbours.size() < neighbours_max) {
            neighbours.push_back(at->path().filename().string());
        }
    }
    return fmt::format("there is no such file{}",
                       did_you_mean(path.filename().string(), neighbours));
}

}  // namespace

PictureFile look_at_picture(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return {{}, missing(path)};
    if (!fs::is_regular_file(status)) return {{}, "is not a file"};
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (!error && bytes > picture_bytes_max) {
        return {{},
                fmt::format("has {} bytes; a picture has at most {} (picture_bytes_max)",
                            bytes,
                            picture_bytes_max)};
    }
    try {
        const std::string content = read_file(path);
        for (const std::string_view beginning : picture_beginnings) {
            if (content.starts_with(beginning)) return {digest_of(content), {}};
        }
    } catch (const Error& failure) {
        return {{}, failure.what()};
    }
    return {{}, "is not a PNG, JPEG or OpenEXR picture"};
}

}  // namespace nightreel

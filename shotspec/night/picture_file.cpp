#include "shotspec/night/picture_file.h"

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/night/given_file.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// What PNG, JPEG and OpenEXR files begin with.
constexpr std::array<std::string_view, 3> picture_beginnings = {
    std::string_view("\x89PNG\r\n\x1a\n", 8),
    std::string_view("\xFF\xD8\xFF", 3),
    std::string_view("\x76\x2F\x31\x01", 4),
};

}  // namespace

PictureFile look_at_picture(const fs::path& path) {
    std::string problem =
        given_file_problem(path, {"a picture", picture_bytes_max, "picture_bytes_max"});
    if (!problem.empty()) return {{}, std::move(problem)};
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

#include "shotspec/night/picture_file.h"

#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/night/given_file.h"

namespace nightreel {

PictureFile look_at_picture(const std::filesystem::path& path) {
    std::string problem = given_file_problem(path, {"a picture", picture_bytes_max});
    if (!problem.empty()) return {.problem = std::move(problem)};
    try {
        const std::string content = read_file(path);
        return {.digest = digest_of(content), .header = read_picture_header(content)};
    } catch (const Error& failure) {
        return {.problem = failure.what()};
    }
}

std::string frame_size_problem(PictureSize picture, PictureSize frame) {
    if (picture == frame) return {};
    const bool same_shape =
        std::int64_t{picture.width} * frame.height == std::int64_t{picture.height} * frame.width;
    if (same_shape && picture.width > frame.width) return {};
    return fmt::format("has {}x{} pixels, but the shot has {}x{}: {} it to that size",
                       picture.width,
                       picture.height,
                       frame.width,
                       frame.height,
                       same_shape ? "enlarge" : "crop or resize");
}

}  // namespace nightreel

#include "pipeline/picture/picture.h"

#include <cmath>
#include <cstddef>
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/png.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/program.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

double largest_difference(const FrameRgb& a, const FrameRgb& b) {
    REQUIRE(a.width == b.width);
    REQUIRE(a.height == b.height);
    double largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        largest = std::max(largest, static_cast<double>(std::abs(a.rgb[i] - b.rgb[i])));
    }
    return largest;
}

double mean_difference(const FrameRgb& a, const FrameRgb& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += static_cast<double>(std::abs(a.rgb[i] - b.rgb[i]));
    }
    return sum / static_cast<double>(a.rgb.size());
}

}  // namespace

TEST_CASE("a PNG comes back within half an 8-bit step, and the same picture is the same file",
          "[png]") {
    const TemporaryFolder folder;
    const FrameRgb picture = moving_gradient(33, 17, 4);
    const Digest one = write_png(folder.path() / "one.png", picture);
    const Digest two = write_png(folder.path() / "two.png", picture);
    REQUIRE(one == two);
    REQUIRE(one == digest_of_file(folder.path() / "one.png"));
    REQUIRE(largest_difference(read_picture(folder.path() / "one.png"), picture) <=
            0.5 / 255 + 1e-6);
}

TEST_CASE("an EXR reference comes back as the display picture it was made from", "[picture]") {
    const TemporaryFolder folder;
    const FrameRgb picture = moving_gradient(33, 17, 4);
    for (const auto& [space, word] : EnumWords<WorkingSpace>::words) {
        write_exr(folder.path() / "a.exr",
                  display_to_scene(picture, TransferCurve::srgb, space),
                  {.space = space});
        CAPTURE(word);
        REQUIRE(largest_difference(read_picture(folder.path() / "a.exr"), picture) < 0.005);
    }
}

TEST_CASE("JPEG, grey, palette, transparent and 16-bit PNG references are read",
          "[picture][independent]") {
    if (!has_program("ffmpeg")) {
        skip_case("ffmpeg is not installed");
        return;
    }
    const TemporaryFolder folder;
    const FrameRgb picture = moving_gradient(96, 64, 4);
    const auto source = folder.path() / "source.png";
    write_png(source, picture);
    const auto convert = [&](const std::string& options, const std::string& name) {
        const auto target = folder.path() / name;
        REQUIRE(run_program(
                    fmt::format(
                        "ffmpeg -v error -i {} {} {}", source.string(), options, target.string()))
                    .code == 0);
        return read_picture(target);
    };
    REQUIRE(mean_difference(convert("-q:v 1 -pix_fmt yuvj444p", "a.jpg"), picture) < 0.01);
    REQUIRE(mean_difference(convert("-q:v 1 -pix_fmt yuvj420p", "b.jpg"), picture) < 0.02);
    REQUIRE(largest_difference(convert("-pix_fmt rgb48be", "deep.png"), picture) < 0.006);
    REQUIRE(largest_difference(convert("-pix_fmt rgba", "alpha.png"), picture) < 0.003);
    const FrameRgb grey = convert("-pix_fmt gray", "grey.png");
    REQUIRE(grey.rgb[0] == grey.rgb[1]);
    REQUIRE(grey.rgb[0] == grey.rgb[2]);
    REQUIRE(mean_difference(convert("-pix_fmt pal8", "palette.png"), picture) < 0.2);
}

TEST_CASE("a broken, foreign, huge or missing picture is an error that names the file",
          "[picture]") {
    const TemporaryFolder folder;
    write_png(folder.path() / "whole.png", moving_gradient(96, 64, 0));
    const std::string whole = read_file(folder.path() / "whole.png");
    std::string huge = whole;
    huge[16] = '\x7f';  // the width in the header; its checksum no longer holds either
    const std::pair<const char*, std::string> files[] = {
        {"empty.png", ""},
        {"text.png", "not a picture"},
        {"cut.png", whole.substr(0, whole.size() / 2)},
        {"head.png", whole.substr(0, 8)},
        {"huge.png", huge},
        {"cut.jpg", std::string("\xff\xd8\xff\xe0\x00\x10JFIF", 10)},
        {"cut.exr", std::string("\x76\x2f\x31\x01\x02\x00\x00\x00", 8)},
    };
    for (const auto& [name, bytes] : files) {
        write_file_atomically(folder.path() / name, std::string_view(bytes));
        CAPTURE(name);
        REQUIRE_THROWS_WITH(read_picture(folder.path() / name), Catch::Contains(name));
    }
    REQUIRE_THROWS_WITH(read_picture(folder.path() / "missing.png"),
                        Catch::Contains("missing.png"));
    REQUIRE_THROWS_AS(read_picture(folder.path()), Error);
}

TEST_CASE("a JPEG cut off in its middle is refused and not half grey", "[picture][independent]") {
    if (!has_program("ffmpeg")) {
        skip_case("ffmpeg is not installed");
        return;
    }
    const TemporaryFolder folder;
    write_png(folder.path() / "a.png", moving_gradient(320, 240, 0));
    const auto jpeg = (folder.path() / "a.jpg").string();
    REQUIRE(run_program(fmt::format("ffmpeg -v error -i {} -q:v 1 {}",
                                    (folder.path() / "a.png").string(),
                                    jpeg))
                .code == 0);
    const std::string bytes = read_file(jpeg);
    write_file_atomically(jpeg, std::string_view(bytes).substr(0, bytes.size() / 2));
    REQUIRE_THROWS_AS(read_picture(jpeg), Error);
}

}  // namespace nightreel

#include "pipeline/picture/movie_reader.h"

#include <cmath>
#include <filesystem>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/movie.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/program.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr int clip_width = 1024;  // not enlarged
constexpr int clip_height = 576;
constexpr std::int64_t movie_frames = 6;

void write_short_movie(const fs::path& path) {
    MovieWriter movie(path,
                      {.show = "aurora",
                       .shot = "sh0010",
                       .version = 1,
                       .take = 1,
                       .frames = {1001, 1000 + movie_frames},
                       .rate = {24000, 1001},
                       .size = {clip_width, clip_height},
                       .model = "toybox",
                       .seed = 1,
                       .colour = "lin_rec709_scene"},
                      moving_gradient(clip_width, clip_height, 0));
    for (std::int64_t i = 0; i < movie_frames; ++i)
        movie.add(1001 + i, moving_gradient(clip_width, clip_height, i));
    (void)movie.finish();
}

void convert(const fs::path& from, const fs::path& to, const std::string& options) {
    const auto run = run_program(
        fmt::format("ffmpeg -v error -y -i {} {} {}", from.string(), options, to.string()));
    INFO(run.output);
    REQUIRE(fs::exists(to));
}

double mean_difference(const FrameRgb& a, const FrameRgb& b) {
    REQUIRE(a.rgb.size() == b.rgb.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += std::abs(double{a.rgb[i]} - double{b.rgb[i]});
    }
    return sum / static_cast<double>(a.rgb.size());
}

FrameRgb frame_of(const fs::path& path, int number) {
    MovieReader movie(path);
    for (int skipped = 0; skipped < number; ++skipped) REQUIRE(movie.next());
    const auto frame = movie.next();
    REQUIRE(frame);
    return *frame;
}

std::string refusal(const fs::path& path) {
    try {
        MovieReader movie(path);
        (void)movie.facts();
        while (movie.next()) {
        }
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return "nothing";
}

}  // namespace

TEST_CASE("a movie is read frame by frame with the colours that were written") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "a.mp4";
    write_short_movie(path);
    MovieReader movie(path);
    const MovieFacts facts = movie.facts();
    CHECK(facts.frames == movie_frames + slate_frames);
    CHECK(facts.rate == FrameRate{24000, 1001});
    CHECK(facts.size == PictureSize{clip_width, clip_height});
    std::int64_t frames = 0;
    while (const auto frame = movie.next()) {
        // Facts are burnt into the corners.
        if (frames > 0) {
            CHECK(mean_difference(*frame, moving_gradient(clip_width, clip_height, frames - 1)) <
                  0.03);
        }
        ++frames;
    }
    CHECK(frames == facts.frames);
}

TEST_CASE("full and limited range, BT.601 and BT.709 by their tags show the same colours") {
    if (run_program("ffmpeg -version").code != 0) return;
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "a.mp4";
    write_short_movie(path);
    const FrameRgb wanted = frame_of(path, 3);
    const fs::path full = folder.path() / "full.mp4";
    convert(path, full, "-vf scale=out_range=full -color_range pc -c:v libx264 -crf 8");
    CHECK(mean_difference(frame_of(full, 3), wanted) < 0.01);
    const fs::path other = folder.path() / "other.mp4";
    convert(
        path, other, "-vf scale=out_color_matrix=bt601 -colorspace smpte170m -c:v libx264 -crf 8");
    CHECK(mean_difference(frame_of(other, 3), wanted) < 0.01);
}

TEST_CASE("a movie that is cut off, empty or no movie is refused by name") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "a.mp4";
    write_short_movie(path);
    const std::string bytes = read_file(path);
    for (const double share : {0.0, 0.3, 0.6, 0.95}) {
        const fs::path part = folder.path() / "part.mp4";
        write_file_atomically(
            part,
            bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size()))));
        CAPTURE(share);
        CHECK_THAT(refusal(part), Catch::Contains("part.mp4"));
    }
    const fs::path text = folder.path() / "text.mov";
    write_file_atomically(text, "not a movie at all, but a text of some length\n");
    CHECK_THAT(refusal(text), Catch::Contains("text.mov"));
}

TEST_CASE(
    "HDR, interlaced and turned movies, and pixels that are not square, are refused in words") {
    if (run_program("ffmpeg -version").code != 0) return;
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "a.mp4";
    write_short_movie(path);
    const fs::path made = folder.path() / "made.mp4";
    const auto refused = [&](const std::string& options) {
        convert(path, made, options);
        return refusal(made);
    };
    CHECK_THAT(refused("-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc"),
               Catch::Contains("HDR"));
    CHECK_THAT(refused("-aspect 4:3"), Catch::Contains("square"));
    CHECK_THAT(refused("-flags +ilme+ildct -x264opts tff=1"), Catch::Contains("interlaced"));
}

}  // namespace nightreel

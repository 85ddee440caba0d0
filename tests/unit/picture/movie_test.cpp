#include "pipeline/picture/movie.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/canvas.h"
#include "shotspec/base/error.h"
#include "tests/support/program.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

constexpr int width = 96;
constexpr int height = 64;
constexpr std::int64_t first = 1001;
constexpr std::int64_t count = 14;

SlateFacts facts_for(FrameRate rate) {
    return {.show = "aurora",
            .shot = "sq010_sh0010",
            .version = 1,
            .take = 2,
            .frames = {first, first + count - 1},
            .cut = {first + 2, first + count - 3},
            .rate = rate,
            .size = {width, height},
            .model = "toybox",
            .seed = 1234,
            .colour = "lin_rec709_scene"};
}

Digest write_movie(const std::filesystem::path& path, FrameRate rate) {
    MovieWriter movie(path, facts_for(rate), moving_gradient(width, height, count / 2));
    for (std::int64_t i = 0; i < count; ++i)
        movie.add(first + i, moving_gradient(width, height, i));
    return movie.finish();
}

std::string probe(const std::filesystem::path& path, const std::string& what) {
    return run_program(fmt::format("ffprobe -v error -of flat {} {}", what, path.string())).output;
}

// The average of 5x5 pixels of a decoded rgb24 frame, in code values.
double patch(
    const std::string& frames, std::size_t frame, int x, int y, int movie_width, int channel) {
    const std::size_t frame_bytes = static_cast<std::size_t>(movie_width * 576) * 3;
    double sum = 0;
    for (int dy = -2; dy <= 2; ++dy) {
        for (int dx = -2; dx <= 2; ++dx) {
            const auto at =
                static_cast<std::size_t>(((y + dy) * movie_width + x + dx) * 3 + channel);
            sum += static_cast<unsigned char>(frames[frame * frame_bytes + at]);
        }
    }
    return sum / 25;
}

}  // namespace

TEST_CASE("small takes are enlarged by a whole factor to at least 540 lines", "[movie]") {
    REQUIRE(movie_factor({96, 64}) == 9);
    REQUIRE(movie_factor({832, 480}) == 2);
    REQUIRE(movie_factor({960, 540}) == 1);
    REQUIRE(movie_factor({1280, 720}) == 1);
}

TEST_CASE("the same frames and facts are the same movie, byte for byte", "[movie]") {
    const TemporaryFolder folder;
    const Digest one = write_movie(folder.path() / "one.mp4", {12, 1});
    const Digest two = write_movie(folder.path() / "two.mp4", {12, 1});
    REQUIRE(one == two);
    REQUIRE(one == digest_of_file(folder.path() / "one.mp4"));
}

TEST_CASE("a movie of any rate is written", "[movie]") {
    const TemporaryFolder folder;
    for (const FrameRate rate : {FrameRate{1, 4},
                                 FrameRate{3, 4},
                                 FrameRate{48000, 1001},
                                 FrameRate{60, 1},
                                 FrameRate{120000, 1001},
                                 FrameRate{255, 1},
                                 FrameRate{256, 1},
                                 FrameRate{1000, 1}}) {
        CAPTURE(rate.numerator, rate.denominator);
        const auto path = folder.path() / "a.mp4";
        SlateFacts facts = facts_for(rate);
        facts.frames = {0, 1};
        MovieWriter movie(path, facts, moving_gradient(width, height, 0));
        for (std::int64_t i = 0; i < 2; ++i) movie.add(i, moving_gradient(width, height, i));
        const Digest digest = movie.finish();
        REQUIRE(digest == digest_of_file(path));
    }
}

TEST_CASE("a movie that is not finished leaves no file", "[movie]") {
    const TemporaryFolder folder;
    {
        MovieWriter movie(
            folder.path() / "a.mp4", facts_for({24, 1}), moving_gradient(width, height, 0));
        movie.add(first, moving_gradient(width, height, 0));
        REQUIRE_THROWS_AS(movie.add(first + 2, moving_gradient(width, height, 0)), Error);
        REQUIRE_THROWS_AS(movie.add(first + 1, moving_gradient(width, height + 2, 0)), Error);
        REQUIRE_THROWS_AS(movie.finish(), Error);
    }
    REQUIRE(std::filesystem::is_empty(folder.path()));
    REQUIRE_THROWS_AS(write_movie(folder.path() / "missing" / "a.mp4", {24, 1}), Error);
}

TEST_CASE("movies for editing have their codec, colour, rate, timecode and bytes",
          "[movie][independent]") {
    if (!has_program("ffprobe")) {
        skip_case("ffprobe is not installed");
        return;
    }

    struct Expected {
        MovieFormat format;
        std::vector<std::string> facts;
    };

    const Expected all[] = {
        {MovieFormat::h265,
         {"codec_name=\"hevc\"",
          "profile=\"Main 10\"",
          "pix_fmt=\"yuv420p10le\"",
          "codec_tag_string=\"hvc1\""}},
        {MovieFormat::prores,
         {"codec_name=\"prores\"", "profile=\"HQ\"", "pix_fmt=\"yuv422p10le\""}},
        {MovieFormat::dnxhr,
         {"codec_name=\"dnxhd\"", "profile=\"DNXHR HQX\"", "pix_fmt=\"yuv422p10le\""}},
    };
    const TemporaryFolder folder;
    for (const Expected& expected : all) {
        const auto path = folder.path() / fmt::format("a.{}", movie_extension(expected.format));
        const auto write = [&] {
            MovieWriter movie(
                path, facts_for({24000, 1001}), moving_gradient(width, height, 0), expected.format);
            for (std::int64_t i = 0; i < count; ++i) {
                movie.add(first + i, moving_gradient(width, height, i));
            }
            return movie.finish();
        };
        const Digest digest = write();
        REQUIRE(digest == write());
        const std::string text = probe(path, "-count_frames -show_streams -show_frames");
        CAPTURE(text);
        for (const std::string& fact : expected.facts) {
            CAPTURE(fact);
            REQUIRE(text.find(fact) != std::string::npos);
        }
        for (const char* const fact : {"color_range=\"tv\"",
                                       "color_space=\"bt709\"",
                                       "color_primaries=\"bt709\"",
                                       "color_transfer=\"iec61966-2-1\"",
                                       "r_frame_rate=\"24000/1001\"",
                                       "nb_read_frames=\"15\"",
                                       "tags.timecode=\"00:00:41:16\""}) {
            CAPTURE(fact);
            REQUIRE(text.find(fact) != std::string::npos);
        }
        // Of every frame, not of the container alone: this is what editors read.
        REQUIRE(text.find("frames.frame.14.color_transfer=\"iec61966-2-1\"") != std::string::npos);
    }
}

TEST_CASE("ffprobe reads the tags, rate, timecode and length that players rely on",
          "[movie][independent]") {
    if (!has_program("ffprobe")) {
        skip_case("ffprobe is not installed");
        return;
    }
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.mp4";
    for (const FrameRate rate : {FrameRate{24, 1}, FrameRate{12, 1}, FrameRate{24000, 1001}}) {
        write_movie(path, rate);
        const std::string text = probe(path, "-count_frames -show_streams -show_format");
        CAPTURE(text);
        const std::string fraction = fmt::format("{}/{}", rate.numerator, rate.denominator);
        for (const std::string& fact : {std::string("codec_name=\"h264\""),
                                        std::string("profile=\"High\""),
                                        std::string("pix_fmt=\"yuv420p\""),
                                        std::string("color_range=\"tv\""),
                                        std::string("color_space=\"bt709\""),
                                        std::string("color_primaries=\"bt709\""),
                                        std::string("color_transfer=\"iec61966-2-1\""),
                                        std::string("width=864"),
                                        std::string("height=576"),
                                        std::string("has_b_frames=0"),
                                        fmt::format("r_frame_rate=\"{}\"", fraction),
                                        fmt::format("avg_frame_rate=\"{}\"", fraction),
                                        fmt::format("nb_read_frames=\"{}\"", count + slate_frames),
                                        std::string("slate_length=\"1\"")}) {
            CAPTURE(fact);
            REQUIRE(text.find(fact) != std::string::npos);
        }
        // The slate is frame 1000, so that frame 1001 has the timecode of its EXR.
        const std::string timecode = rate.numerator == 12 ? "00:01:23:04" : "00:00:41:16";
        REQUIRE(text.find(timecode) != std::string::npos);
        REQUIRE(text.find("creation_time") == std::string::npos);
    }
}

TEST_CASE("every frame of the bit stream carries the colour tags, and groups are closed",
          "[movie][independent]") {
    if (!has_program("ffprobe")) {
        skip_case("ffprobe is not installed");
        return;
    }
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.mp4";
    write_movie(path, {12, 1});
    const std::string text = probe(path, "-select_streams v -show_frames");
    for (std::int64_t frame = 0; frame < count + slate_frames; ++frame) {
        CAPTURE(frame);
        const std::string name = fmt::format("frames.frame.{}.", frame);
        REQUIRE(text.find(name + "color_transfer=\"iec61966-2-1\"") != std::string::npos);
        REQUIRE(text.find(name + "color_space=\"bt709\"") != std::string::npos);
        REQUIRE(text.find(name + "color_range=\"tv\"") != std::string::npos);
        REQUIRE(text.find(name + "pict_type=\"B\"") == std::string::npos);
    }
    int since_key = 0;
    for (std::int64_t frame = 0; frame < count + slate_frames; ++frame) {
        const std::string key = fmt::format("frames.frame.{}.key_frame=1", frame);
        since_key = text.find(key) != std::string::npos ? 0 : since_key + 1;
        REQUIRE(since_key < 6);  // half a second at 12 frames a second
    }
}

TEST_CASE("a decoded movie shows the colours that went in, within four code values",
          "[movie][independent]") {
    if (!has_program("ffmpeg")) {
        skip_case("ffmpeg is not installed");
        return;
    }
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.mp4";
    write_movie(path, {24, 1});
    const std::string frames =
        run_program(fmt::format("ffmpeg -v error -i {} -vf scale=in_color_matrix=bt709:in_range=tv:"
                                "flags=accurate_rnd+full_chroma_int -f rawvideo -pix_fmt rgb24 -",
                                path.string()))
            .output;
    REQUIRE(frames.size() == static_cast<std::size_t>(864 * 576 * 3 * (count + slate_frames)));
    for (const std::int64_t frame : {0, 6, 13}) {
        const FrameRgb source = moving_gradient(width, height, frame);
        // The middle of enlarged pixels, away from the words at the edges.
        for (int y = 14; y < 50; y += 9) {
            for (int x = 6; x < 90; x += 7) {
                for (int channel = 0; channel < 3; ++channel) {
                    const auto at = static_cast<std::size_t>((y * width + x) * 3 + channel);
                    const double theirs = patch(frames,
                                                static_cast<std::size_t>(frame + slate_frames),
                                                x * 9 + 4,
                                                y * 9 + 4,
                                                864,
                                                channel);
                    CAPTURE(frame, x, y, channel, source.rgb[at] * 255);
                    REQUIRE(std::abs(theirs - static_cast<double>(source.rgb[at]) * 255) < 4.0);
                }
            }
        }
    }
}

}  // namespace nightreel

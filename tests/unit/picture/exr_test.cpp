#include "pipeline/picture/exr/exr.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/exr/sequence.h"
#include "pipeline/picture/frame_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/program.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

constexpr ExrCompression compressions[] = {
    ExrCompression::piz, ExrCompression::zip, ExrCompression::zips, ExrCompression::none};

ExrHeader header_for(std::int64_t frame) {
    return {.space = WorkingSpace::acescg,
            .rate = {24, 1},
            .frame = frame,
            .owner = "Nightreel",
            .strings = {{"nightreel/shot", "sq010_sh0010"}, {"nightreel/take", "1"}}};
}

FrameRgb scene_for(std::int64_t frame) {
    return display_to_scene(
        moving_gradient(96, 64, frame), TransferCurve::srgb, WorkingSpace::acescg);
}

ErrorKind kind_of_reading(const std::filesystem::path& path) {
    try {
        read_exr(path);
    } catch (const Error& error) {
        CAPTURE(error.what());
        REQUIRE(std::string(error.what()).find(path.string()) != std::string::npos);
        return error.kind();
    }
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("a frame comes back as it was, to the precision of a half, from every compression",
          "[exr]") {
    const TemporaryFolder folder;
    const FrameRgb scene = scene_for(3);
    for (const ExrCompression compression : compressions) {
        ExrHeader header = header_for(1001);
        header.compression = compression;
        const auto path = folder.path() / fmt::format("{}.1001.exr", word_of(compression));
        const Digest digest = write_exr(path, scene, header);
        REQUIRE(digest == digest_of_file(path));
        const ExrPicture back = read_exr(path);
        REQUIRE(back.scene.width == 96);
        REQUIRE(back.scene.height == 64);
        for (std::size_t i = 0; i < scene.rgb.size(); ++i) {
            REQUIRE(std::abs(back.scene.rgb[i] - scene.rgb[i]) <=
                    std::abs(scene.rgb[i]) / 2048.0F + 6e-8F);
        }
        REQUIRE(back.interop_id == "lin_ap1_scene");
        REQUIRE(working_space_of(back) == WorkingSpace::acescg);
        REQUIRE(back.rate == FrameRate{24, 1});
        REQUIRE(back.timecode == Timecode{0, 0, 41, 17});
        REQUIRE(back.chromaticities->red.x == Approx(0.713));
        REQUIRE(back.chromaticities->white.y == Approx(0.33767));
    }
}

TEST_CASE("a frame of any rate is written, with its timecode up to 60 a second", "[exr]") {
    const TemporaryFolder folder;
    const FrameRgb scene = moving_gradient(4, 4, 0);
    const auto path = folder.path() / "a.exr";
    for (const FrameRate rate : {FrameRate{1, 4},
                                 FrameRate{30, 1},
                                 FrameRate{30001, 1000},
                                 FrameRate{48, 1},
                                 FrameRate{48000, 1001},
                                 FrameRate{50, 1},
                                 FrameRate{60000, 1001},
                                 FrameRate{60, 1},
                                 FrameRate{61, 1},
                                 FrameRate{120000, 1001},
                                 FrameRate{frame_rate_part_max, 1}}) {
        CAPTURE(rate.numerator, rate.denominator);
        for (std::int64_t frame = 1796; frame <= 1812; ++frame) {
            ExrHeader header = header_for(frame);
            header.rate = rate;
            write_exr(path, scene, header);
            const ExrPicture back = read_exr(path);
            REQUIRE(back.rate == rate);
            REQUIRE(back.timecode.has_value() == (timecode_base(rate) <= 60));
            if (back.timecode) REQUIRE(*back.timecode == timecode_of(frame, rate));
        }
    }
}

TEST_CASE("the same frame and facts are the same bytes, another frame number is not", "[exr]") {
    const FrameRgb scene = scene_for(3);
    REQUIRE(encode_exr(scene, header_for(1001)) == encode_exr(scene, header_for(1001)));
    REQUIRE(encode_exr(scene, header_for(1001)) != encode_exr(scene, header_for(1002)));
}

TEST_CASE("odd sizes are written and read", "[exr]") {
    const TemporaryFolder folder;
    for (const auto& [width, height] : {std::pair{1, 1}, {3, 1}, {1, 37}, {33, 17}}) {
        const auto path = folder.path() / "odd.exr";
        write_exr(path, moving_gradient(width, height, 0), header_for(1));
        REQUIRE(read_exr(path).scene.width == width);
        REQUIRE(read_exr(path).scene.height == height);
    }
}

TEST_CASE("a NaN or an infinity is refused with the frame and the pixel, and nothing is written",
          "[exr]") {
    const TemporaryFolder folder;
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        FrameRgb scene = scene_for(0);
        scene.rgb[(5 * 96 + 7) * 3 + 1] = bad;
        try {
            write_exr(folder.path() / "bad.1042.exr", scene, header_for(1042));
            FAIL("a bad value was written");
        } catch (const Error& error) {
            const std::string text = error.what();
            CAPTURE(text);
            REQUIRE(error.kind() == ErrorKind::corrupt);
            REQUIRE(text.find("frame 1042") != std::string::npos);
            REQUIRE(text.find("x 7 y 5") != std::string::npos);
        }
    }
    REQUIRE(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file cut off anywhere, or with its line table missing, is corrupt", "[exr]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "cut.exr";
    const std::vector<std::byte> whole = encode_exr(scene_for(1), header_for(1001));
    for (std::size_t part = 0; part < 40; ++part) {
        write_file_atomically(path, std::span(whole).first(whole.size() * part / 40));
        CAPTURE(part);
        REQUIRE(kind_of_reading(path) == ErrorKind::corrupt);
    }
    write_file_atomically(path, std::span(whole).first(whole.size() - 1));
    REQUIRE(kind_of_reading(path) == ErrorKind::corrupt);
    REQUIRE(kind_of_reading(folder.path() / "missing.exr") == ErrorKind::unavailable);
}

TEST_CASE("a writer that died leaves a line table of zeros, which is corrupt", "[exr]") {
    const TemporaryFolder folder;
    std::vector<std::byte> bytes = encode_exr(scene_for(1), header_for(1001));
    // The table follows the header: 64 lines of PIZ are two entries of eight bytes, the first of
    // which points just behind it.
    std::size_t table = 0;
    for (std::size_t i = 8; i + 16 < bytes.size() && table == 0; ++i) {
        std::uint64_t first = 0;
        std::memcpy(&first, bytes.data() + i, sizeof first);
        if (first == i + 16) table = i;
    }
    REQUIRE(table != 0);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(table), 16, std::byte{0});
    write_file_atomically(folder.path() / "dead.exr", bytes);
    REQUIRE(kind_of_reading(folder.path() / "dead.exr") == ErrorKind::corrupt);
}

TEST_CASE("an existing frame is replaced whole and no file is left beside it", "[exr]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.1001.exr";
    write_exr(path, scene_for(1), header_for(1001));
    const Digest second = write_exr(path, scene_for(2), header_for(1001));
    REQUIRE(digest_of_file(path) == second);
    const std::filesystem::directory_iterator files(folder.path());
    REQUIRE(std::distance(begin(files), end(files)) == 1);
    REQUIRE_THROWS_AS(write_exr(folder.path() / "no" / "a.exr", scene_for(1), header_for(1)),
                      Error);
}

TEST_CASE("a sequence holds every frame under its number, with the digest of its file", "[exr]") {
    const TemporaryFolder folder;
    const std::string pattern = frame_pattern("a", {1001, 1012});
    ExrSequence sequence(folder.path(), pattern, header_for(0));
    for (std::int64_t frame = 1001; frame <= 1012; ++frame) sequence.add(frame, scene_for(frame));
    const std::vector<WrittenFrame> written = sequence.finish();
    REQUIRE(written.size() == 12);
    std::int64_t number = 1001;
    for (const WrittenFrame& frame : written) {
        const auto path = folder.path() / frame.name;
        REQUIRE(frame.number == number);
        REQUIRE(frame.name == frame_file_name(pattern, number));
        REQUIRE(frame.digest == digest_of_file(path));
        REQUIRE(frame.bytes == std::filesystem::file_size(path));
        REQUIRE(read_exr(path).timecode == timecode_of(number, {24, 1}));
        ++number;
    }
}

TEST_CASE("a sequence that cannot write says so at the next frame or at the end", "[exr]") {
    const TemporaryFolder folder;
    const std::string pattern = frame_pattern("a", {1001, 1002});
    ExrSequence sequence(folder.path() / "missing", pattern, header_for(0));
    sequence.add(1001, scene_for(1));
    REQUIRE_THROWS_AS(sequence.add(1002, scene_for(2)), Error);
    ExrSequence last(folder.path() / "missing", pattern, header_for(0));
    last.add(1001, scene_for(1));
    REQUIRE_THROWS_AS(last.finish(), Error);
}

TEST_CASE("FFmpeg's own decoder reads the pixels that were written", "[exr][independent]") {
    if (!has_program("ffmpeg")) {
        skip_case("ffmpeg is not installed");
        return;
    }
    const TemporaryFolder folder;
    const FrameRgb scene = scene_for(5);
    for (const ExrCompression compression : compressions) {
        ExrHeader header = header_for(1001);
        header.compression = compression;
        write_exr(folder.path() / "a.exr", scene, header);
        const ProgramResult decoded =
            run_program(fmt::format("ffmpeg -v error -i {} -f rawvideo -pix_fmt gbrpf32le -",
                                    (folder.path() / "a.exr").string()));
        const std::size_t pixels = 96 * 64;
        REQUIRE(decoded.output.size() == pixels * 3 * sizeof(float));
        std::vector<float> planes(pixels * 3);
        std::memcpy(planes.data(), decoded.output.data(), decoded.output.size());
        const std::size_t plane_of[] = {2, 0, 1};  // stored as G, B, R
        std::vector<float> theirs(scene.rgb.size());
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            theirs[i] = planes[plane_of[i % 3] * pixels + i / 3];
        }
        REQUIRE(theirs == read_exr(folder.path() / "a.exr").scene.rgb);
    }
}

TEST_CASE("exrheader prints the attributes that other tools rely on", "[exr][independent]") {
    if (!has_program("exrheader")) {
        skip_case("exrheader is not installed");
        return;
    }
    const TemporaryFolder folder;
    write_exr(folder.path() / "a.exr", scene_for(0), header_for(1001));
    const std::string text = run_program("exrheader " + (folder.path() / "a.exr").string()).output;
    CAPTURE(text);
    for (const char* fact : {"piz",
                             "16-bit floating-point",
                             "framesPerSecond",
                             "24/1",
                             "00:00:41:17",
                             "colorInteropID",
                             "lin_ap1_scene",
                             "0.713",
                             "nightreel/shot",
                             "sq010_sh0010",
                             "owner"}) {
        CAPTURE(fact);
        REQUIRE(text.find(fact) != std::string::npos);
    }
    REQUIRE(text.find("incomplete") == std::string::npos);
    REQUIRE(text.find("capDate") == std::string::npos);
}

}  // namespace nightreel

// Frames as they are delivered: their headers, compression and colour.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/program.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/picture/test_pictures.h"

namespace nightreel {
namespace {

constexpr ExrCompression all_compressions[] = {ExrCompression::piz,
                                               ExrCompression::zip,
                                               ExrCompression::zips,
                                               ExrCompression::dwaa,
                                               ExrCompression::dwab,
                                               ExrCompression::none};

std::string frame_of(ExrCompression compression, WorkingSpace space = WorkingSpace::acescg) {
    const std::vector<std::byte> bytes =
        encode_exr(display_to_scene(moving_gradient(96, 64, 3), TransferCurve::srgb, space),
                   {.compression = compression, .space = space, .rate = {24, 1}, .frame = 1009});
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string delivered(const std::string& frame, std::int32_t version) {
    const std::vector<std::byte> bytes = with_delivery(
        frame,
        {.owner = "Night Shift", .version = version, .handles = 8, .cut = {1009, 1096}},
        "frame");
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

FrameRgb pixels_of(const std::string& frame) {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "a.exr", frame);
    return read_exr(folder.path() / "a.exr").scene;
}

// An attribute as a file holds it: name, type, size and a number.
std::string number_attribute(const std::string& name, unsigned char value, unsigned char high) {
    std::string text = name;
    text += '\0';
    text += "int";
    text += '\0';
    text += std::string("\x04\0\0\0", 4);
    text += static_cast<char>(value);
    text += static_cast<char>(high);
    text += '\0';
    text += '\0';
    return text;
}

}  // namespace

TEST_CASE("what is known at delivery goes into the header, and no pixel is coded again",
          "[exr][delivery]") {
    for (const ExrCompression compression : all_compressions) {
        CAPTURE(word_of(compression));
        const std::string made = frame_of(compression);
        const std::string second = delivered(made, 2);
        REQUIRE(second.find("Night Shift") != std::string::npos);
        REQUIRE(second.find(number_attribute("nightreel/version", 2, 0)) != std::string::npos);
        REQUIRE(second.find(number_attribute("nightreel/handles", 8, 0)) != std::string::npos);
        REQUIRE(second.find(number_attribute("nightreel/cutIn", 0xF1, 3)) != std::string::npos);
        REQUIRE(second.find(number_attribute("nightreel/cutOut", 0x48, 4)) != std::string::npos);
        REQUIRE(pixels_of(second).rgb == pixels_of(made).rgb);
        // The compressed pixels are the end of the file, behind the line table. Half of a chunk is
        // enough to see that they were not coded again.
        const std::size_t tail = made.size() / 4;
        REQUIRE(made.substr(made.size() - tail) == second.substr(second.size() - tail));
        REQUIRE(delivered(second, 3) == delivered(made, 3));
    }
}

TEST_CASE("a frame that ends early is not delivered", "[exr][delivery]") {
    const std::string made = frame_of(ExrCompression::piz);
    for (const std::size_t size : {std::size_t{0}, std::size_t{100}, made.size() - 1}) {
        CAPTURE(size);
        REQUIRE_THROWS_AS(delivered(made.substr(0, size), 1), Error);
    }
}

TEST_CASE("dwaa and dwab are near the frame, and the other compressions are the frame",
          "[exr][delivery]") {
    const FrameRgb original = pixels_of(frame_of(ExrCompression::none));
    for (const ExrCompression compression : all_compressions) {
        CAPTURE(word_of(compression));
        const FrameRgb coded = pixels_of(frame_of(compression));
        double square = 0;
        for (std::size_t i = 0; i < coded.rgb.size(); ++i) {
            square += std::pow(coded.rgb[i] - original.rgb[i], 2);
        }
        const double error = std::sqrt(square / static_cast<double>(coded.rgb.size()));
        REQUIRE((error == 0) == !is_lossy(compression));
        REQUIRE(error < 0.01);
    }
}

TEST_CASE("only uncompressed frames in ACES2065-1 are ACES containers", "[exr][delivery]") {
    for (const WorkingSpace space :
         {WorkingSpace::rec709, WorkingSpace::acescg, WorkingSpace::aces2065_1}) {
        for (const ExrCompression compression : all_compressions) {
            const bool is_container =
                frame_of(compression, space).find("acesImageContainerFlag") != std::string::npos;
            REQUIRE(is_container ==
                    (space == WorkingSpace::aces2065_1 && compression == ExrCompression::none));
        }
    }
}

TEST_CASE("OpenColorIO makes the same colours, there and back", "[exr][delivery][independent]") {
    const char* const given = std::getenv("NIGHTREEL_PEERS");
    const std::filesystem::path peers = given == nullptr ? "build/peers" : given;
    const std::string python = (peers / "venv/bin/python").string();
    if (run_program(python + " -c 'import PyOpenColorIO, OpenEXR' 2>/dev/null").code != 0) {
        skip_case("OpenColorIO is not installed: make peers");
        return;
    }
    const TemporaryFolder folder;
    constexpr int steps = 16;  // 4096 colours
    FrameRgb display{steps * steps * steps, 1, {}};
    for (int colour = 0; colour < display.width; ++colour) {
        for (const int place : {colour / steps / steps, colour / steps % steps, colour % steps}) {
            display.rgb.push_back(static_cast<float>(place) / (steps - 1));
        }
    }
    const auto write_floats = [&](const std::string& name, const FrameRgb& picture) {
        std::ofstream file(folder.path() / name, std::ios::binary);
        file.write(reinterpret_cast<const char*>(picture.rgb.data()),
                   static_cast<std::streamsize>(picture.rgb.size() * sizeof(float)));
    };
    write_floats("display.f32", display);
    for (const WorkingSpace space :
         {WorkingSpace::rec709, WorkingSpace::acescg, WorkingSpace::aces2065_1}) {
        const std::filesystem::path path = folder.path() / fmt::format("{}.exr", word_of(space));
        write_exr(path,
                  display_to_scene(display, TransferCurve::srgb, space),
                  {.space = space, .rate = {24, 1}});
        const FrameRgb back = scene_to_display(read_exr(path).scene, TransferCurve::srgb, space);
        write_floats(fmt::format("{}.f32", word_of(space)), back);
        // Frames pass between tasks as Rec.709 and are delivered in another space.
        const FrameRgb linear =
            display_to_scene(display, TransferCurve::srgb, WorkingSpace::rec709);
        const FrameRgb there = scene_to_scene(linear, WorkingSpace::rec709, space);
        const FrameRgb direct = display_to_scene(display, TransferCurve::srgb, space);
        REQUIRE(there.rgb == direct.rgb);
    }
    const ProgramResult judged = run_program(
        fmt::format("{} tests/peers/colour_check.py {}", python, folder.path().string()));
    INFO(judged.output);
    REQUIRE(judged.code == 0);
}

}  // namespace nightreel

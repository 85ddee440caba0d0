#include "toybox/world/render.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/picture/png.h"
#include "shotspec/base/files.h"

namespace nightreel::toybox {
namespace {

int level_of(float value) {
    return static_cast<int>(std::lround(value * 255));
}

struct Difference {
    int largest = 0;
    int values = 0;
};

// Between a frame and the part of a strip that begins at its `panel` times the frame's width.
Difference difference(const Frame& frame, const FrameRgb& strip, int panel) {
    Difference found;
    for (int y = 0; y < frame_height; ++y) {
        for (int x = 0; x < frame_width; ++x) {
            const std::size_t at =
                static_cast<std::size_t>(y * strip.width + panel * frame_width + x) * 3;
            for (std::size_t c = 0; c < 3; ++c) {
                const int off =
                    std::abs(frame.rgb[Frame::offset(x, y) + c] - level_of(strip.rgb[at + c]));
                found.largest = std::max(found.largest, off);
                found.values += off > 0;
            }
        }
    }
    return found;
}

// Each golden is a record as text and a strip of frames 0, 10, 23, 35 and 48 and the sheet of its
// first actor, drawn by the renderer that the bundled model was trained with.
TEST_CASE("renders are those that the bundled model was trained on", "[toybox][golden]") {
    const Stage stage;
    const std::vector<std::size_t> shown{0, 10, 23, 35, 48};
    int goldens = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/golden/toybox")) {
        if (entry.path().extension() != ".txt") continue;
        INFO(entry.path());
        ++goldens;
        const Record record = record_from_text(read_file(entry.path()));
        const FrameRgb strip =
            read_png(std::filesystem::path(entry.path()).replace_extension(".png"));
        REQUIRE(strip.width == frame_width * 6);
        REQUIRE(strip.height == frame_height);
        const Clip clip = stage.render(record);
        REQUIRE(clip.size() == stream_frames);
        for (std::size_t i = 0; i <= shown.size(); ++i) {
            const Frame frame =
                i < shown.size() ? clip[shown[i]] : render_sheet(record.actors.front());
            const Difference off = difference(frame, strip, static_cast<int>(i));
            INFO("panel " << i);
            // Another C library may round a sine differently: one level, a few values.
            CHECK(off.largest <= 1);
            CHECK(off.values <= 20);
        }
    }
    CHECK(goldens == 12);
}

TEST_CASE("a part of a stream is the stream's part", "[toybox]") {
    Dice dice(21);
    const Stage stage;
    const Record record = sample_record(dice, {.phases = 2});
    const Clip whole = stage.render(record);
    const Clip part = stage.render(record, 17, 20);
    for (std::size_t i = 0; i < part.size(); ++i) CHECK(part[i] == whole[20 + i]);
}

TEST_CASE("a sheet shows its actor alone on white", "[toybox]") {
    const Actor mira{Shape::star, Colour::red, Pattern::striped, Size::small, {Action::stands}, 0};
    const Frame sheet = render_sheet(mira);
    CHECK(sheet.rgb[Frame::offset(0, 0)] == 255);
    CHECK(sheet.rgb[Frame::offset(95, 63) + 2] == 255);
    const std::size_t middle = Frame::offset(frame_width / 2, frame_height / 2);
    CHECK(sheet.rgb[middle] == 214);
    CHECK(sheet.rgb[middle + 1] == 36);
    Actor large = mira;
    large.size = Size::large;
    CHECK_FALSE(render_sheet(large) == sheet);
}

}  // namespace
}  // namespace nightreel::toybox

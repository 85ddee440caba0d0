#include "toybox/detect/report.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "shotspec/base/error.h"
#include "toybox/tool/frames_folder.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

namespace fs = std::filesystem;

const char* const jumping_mira =
    "background snow 4\ncamera static\nactor small red striped star 40 jumps\n";
const char* const jumping_otto =
    "background snow 4\ncamera static\nactor large blue dotted circle 40 jumps\n";

struct Folder {
    fs::path path = fs::temp_directory_path() / fmt::format("nightreel_report_{}", ::getpid());

    Folder() { fs::create_directories(path); }

    ~Folder() { fs::remove_all(path); }
};

void write_take(const fs::path& folder, const Clip& clip, std::int64_t first, WorkingSpace space) {
    for (std::size_t f = 0; f < clip.size(); ++f) {
        FrameRgb display{frame_width, frame_height, {}};
        for (const std::uint8_t value : clip[f].rgb) {
            display.rgb.push_back(static_cast<float>(value) / 255.0F);
        }
        const std::int64_t number = first + static_cast<std::int64_t>(f);
        write_exr(folder / fmt::format("take.{:04}.exr", number),
                  display_to_scene(std::move(display), TransferCurve::srgb, space),
                  {.space = space, .frame = number});
    }
}

ErrorKind kind_of_fault(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("no error");
    return ErrorKind::internal;
}

TEST_CASE("frames come back from EXR as the model made them", "[toybox]") {
    const Clip clip = Stage().render(record_from_text(jumping_mira), 3);
    for (const WorkingSpace space : {WorkingSpace::rec709, WorkingSpace::acescg}) {
        const Folder folder;
        write_take(folder.path, clip, 1001, space);
        const NumberedClip read = read_frames(folder.path);
        CHECK(read.first == 1001);
        REQUIRE(read.frames.size() == 3);
        for (std::size_t f = 0; f < clip.size(); ++f) {
            int off = 0;
            for (std::size_t i = 0; i < clip[f].rgb.size(); ++i) {
                off = std::max(off, std::abs(clip[f].rgb[i] - read.frames[f].rgb[i]));
            }
            CHECK(off <= 1);
        }
    }
}

TEST_CASE("a gap or an empty folder is refused", "[toybox]") {
    const Folder folder;
    CHECK(kind_of_fault([&] { read_frames(folder.path); }) == ErrorKind::bad_input);
    CHECK(kind_of_fault([&] { read_frames(folder.path / "none"); }) == ErrorKind::unavailable);
    write_take(
        folder.path, Stage().render(record_from_text(jumping_mira), 3), 8, WorkingSpace::rec709);
    CHECK(read_frames(folder.path).frames.size() == 3);
    fs::remove(folder.path / "take.0009.exr");
    CHECK(kind_of_fault([&] { read_frames(folder.path); }) == ErrorKind::bad_input);
}

TEST_CASE("a character that changes is noticed in its segment, and its joint shows", "[toybox]") {
    const Stage stage;
    Clip take = stage.render(record_from_text(jumping_mira), 34);
    const Clip other = stage.render(record_from_text(jumping_otto), 17);
    take.insert(take.end(), other.begin(), other.end());
    const Actor mira = character_from("small red striped star");
    const std::vector<FrameSpan> spans = spans_from("1001-1017,1014-1034,1035-1051");
    const TakeReport report = report_on(Detector(), take, 1001, spans, mira);
    REQUIRE(report.segments.size() == 3);
    CHECK(report.segments[0].same_character == true);
    CHECK(report.segments[1].same_character == true);
    CHECK(report.segments[2].same_character == false);
    CHECK_FALSE(report.segments[0].seam_ratio.has_value());
    CHECK(*report.segments[1].seam_ratio < 2);
    CHECK(*report.segments[2].seam_ratio > 2.5);
    const auto json = nlohmann::json::parse(to_json(report));
    CHECK(json["segments"][2]["actors"][0]["shape"] == "circle");
    CHECK(json["segments"][0]["frames"] == nlohmann::json({1001, 1017}));
    CHECK(json["segments"][0]["actors"][0]["action"] == "jumps");
}

TEST_CASE("a short segment is judged with the frames before it", "[toybox]") {
    const Clip take = Stage().render(record_from_text(jumping_mira), 29);
    const TakeReport report = report_on(Detector(), take, 1, spans_from("1-17,18-29"));
    CHECK(report.segments[1].judged.first == 13);
    CHECK(report.segments[1].seen.actors.at(0).doing.action == Action::jumps);
}

TEST_CASE("spans and characters that make no sense are refused", "[toybox]") {
    const Clip take = Stage().render(record_from_text(jumping_mira), 17);
    const Detector detector;
    for (const char* spans : {"1-", "a-b", "1-17;", "1-2-3", "", "17"}) {
        INFO(spans);
        CHECK(kind_of_fault([&] { spans_from(spans); }) == ErrorKind::bad_input);
    }
    for (const char* spans : {"0-17", "1-18", "9-3", "1-9,1-9", "5-9,1-12"}) {
        INFO(spans);
        CHECK(kind_of_fault([&] { report_on(detector, take, 1, spans_from(spans)); }) ==
              ErrorKind::bad_input);
    }
    CHECK(kind_of_fault([] { character_from("small red star"); }) == ErrorKind::bad_input);
    CHECK(kind_of_fault([] { character_from("small red striped dog"); }) == ErrorKind::bad_input);
}

}  // namespace
}  // namespace nightreel::toybox

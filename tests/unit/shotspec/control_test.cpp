#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

// Operations of models with control channels, without files: the name of a clip says its size and
// how many frames it has, such as "96x64_40".

namespace nightreel {
namespace {

namespace fs = std::filesystem;

class ControlStage {
  public:
    ControlStage() {
        add("wan2.1-t2v", "");
        add("wan2.1-vace", "references_max: 4\n");
        add("vace-windowed", "strategy: windowed\n");
    }

    CheckedNight check(const std::string& model, const std::string& lines) const {
        const std::string text =
            "nightreel: 1\nshow: aurora\nshots:\n  - { shot: sh0010, prompt: x, model: " + model +
            ", " + lines + " }\n";
        const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
        const DocumentSource source{folder_.path() / "night.yaml", text, nothing};
        return check_night(source, {folder_.path()}, {}, {}, {facts_of});
    }

    ResolvedShot shot(const std::string& lines) const {
        const CheckedNight checked = check("wan2.1-vace", lines);
        INFO(lines << "\n" << complaints_of(checked));
        REQUIRE(checked.night);
        return checked.night->shots.at(0);
    }

    void refused(const std::string& model,
                 const std::string& lines,
                 std::initializer_list<const char*> parts) const {
        const CheckedNight checked = check(model, lines);
        const std::string complaints = complaints_of(checked);
        INFO(lines << "\n" << complaints);
        CHECK_FALSE(checked.night);
        for (const char* part : parts) CHECK(complaints.find(part) != std::string::npos);
    }

  private:
    static ClipFacts facts_of(const fs::path& path, const std::optional<FrameRange>& range) {
        const std::string name = path.stem().string();
        const std::int64_t count = std::stoll(name.substr(name.find('_') + 1));
        ClipFacts facts{.frames = {101, 100 + count},
                        .size = TextForm<PictureSize>::read(name.substr(0, name.find('_'))).value(),
                        .rate = FrameRate{16, 1}};
        facts.files.assign(static_cast<std::size_t>(range.value_or(facts.frames).count()),
                           {"x", digest_of("x")});
        return facts;
    }

    void add(const std::string& name, const std::string& lines) {
        fs::create_directory(folder_.path() / name);
        write_file_atomically(folder_.path() / name / "weights.bin", "w");
        write_file_atomically(
            folder_.path() / name / "model.yaml",
            "name: " + name + "\nfamily: " + (name == "vace-windowed" ? "wan2.1-vace" : name) +
                "\nlicence: Apache-2.0\ntraining_data: none\nsizes: [96x64, 128x96]\n" + lines +
                "files:\n  - path: weights.bin\n    digest: " + std::string(64, 'a') + "\n");
    }

    TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("a shot that follows a control clip has its length and its kind", "[shotspec]") {
    const ControlStage stage;
    const ResolvedShot shot = stage.shot("control: { depth: 96x64_40 }");
    CHECK(shot.frames == FrameRange{101, 140});
    REQUIRE(shot.edit.value().control);
    CHECK(shot.edit->control->kind == ControlKind::depth);
    CHECK_FALSE(keeps_whole_frames(*shot.edit));
    CHECK(stage.shot("control: { pose: { file: 96x64_40, range: 101-120 } }").frames.count() == 20);
    // Longer than a segment: a chain, whose segments begin with frames of the one before.
    CHECK(stage.shot("control: { grey: 96x64_200 }").continues == Continuation::frames);
}

TEST_CASE("a painted clip has its mask as second clip and a rim of its own", "[shotspec]") {
    const ControlStage stage;
    const ResolvedShot shot = stage.shot("paint: { clip: 96x64_40, mask: 96x64_40 }");
    REQUIRE(shot.edit.value().control);
    CHECK(shot.edit->clips.size() == 2);
    CHECK(shot.edit->control->grow == 8);
    CHECK_FALSE(shot.edit->control->kind);
    CHECK(stage.shot("paint: { clip: 96x64_40, mask: 96x64_40, grow: 0 }").edit->control->grow ==
          0);
}

TEST_CASE("a reframed clip stands where its anchor says, unscaled", "[shotspec]") {
    const ControlStage stage;
    const auto corner = [&](const std::string& anchor) {
        const ResolvedShot shot =
            stage.shot("size: 128x96, reframe: { clip: 96x64_40, anchor: " + anchor + " }");
        CHECK(shot.edit->control->inside == PictureSize{96, 64});
        const ClipCorner at = shot.edit->control->corner.value();
        return std::pair{at.x, at.y};
    };
    CHECK(corner("centre") == std::pair{16, 16});
    CHECK(corner("top") == std::pair{16, 0});
    CHECK(corner("right") == std::pair{32, 16});
    CHECK(corner("bottom_left") == std::pair{0, 32});
    CHECK(corner("top_right") == std::pair{32, 0});
}

TEST_CASE("what control channels cannot do is refused with place and remedy", "[shotspec]") {
    const ControlStage stage;
    for (const char* lines : {"control: { depth: 96x64_40 }",
                              "paint: { clip: 96x64_40, mask: 96x64_40 }",
                              "size: 128x96, reframe: { clip: 96x64_40 }"}) {
        stage.refused("wan2.1-t2v", lines, {"cannot do this", "wan2.1-vace"});
    }
    const std::string vace = "wan2.1-vace";
    stage.refused(vace, "control: { depth: 96x64_40, pose: 96x64_40 }", {"control"});
    stage.refused(vace, "control: {}", {"control"});
    stage.refused(vace, "frames: 40, control: { depth: 96x64_40 }", {"frames"});
    stage.refused(vace, "control: { depth: 128x96_40 }", {"control.depth", "128x96", "96x64"});
    stage.refused(vace,
                  "paint: { clip: 96x64_40, mask: 96x64_39 }",
                  {"paint.mask", "39 frames", "the clip has 40"});
    stage.refused(vace, "paint: { clip: 96x64_40, mask: 96x64_40, grow: -1 }", {"paint.grow"});
    stage.refused(vace, "reframe: { clip: 96x64_40 }", {"reframe.clip", "larger size"});
    stage.refused(
        vace, "size: 128x96, reframe: { clip: 96x64_40, anchor: middle }", {"centre, top"});
    stage.refused(vace,
                  "size: 128x96, reframe: { clip: { file: 96x64_40, resize: true } }",
                  {"scales nothing"});
    stage.refused(vace, "control: { grey: 96x64_200 }, strategy: windowed", {"strategy", "omit"});
    stage.refused(
        "vace-windowed", "control: { grey: 96x64_200 }", {"control", "write strategy: chain"});
    stage.refused(vace, "control: { grey: 96x64_40 }, loop: true", {"one operation at most"});
}

}  // namespace nightreel

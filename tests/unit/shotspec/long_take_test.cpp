#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/card/long_takes.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

// Takes that are longer than a segment, by the family of their model.

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A root with models of all families, named after them, that make clips of 81 frames.
class Stage {
  public:
    Stage() {
        add("wan2.1-t2v", "");
        add("wan2.1-vace", "references_max: 4\n");
        add("wan2.1-i2v", "first_picture: needed\n");
        add("wan2.2-ti2v", "history: true\nfirst_picture: taken\n");
        add("wan2.1-flf2v", "first_picture: needed\nlast_picture: needed\n");
        add("skyreels", "history: true\nwindow: { overlap: 5 }\n");
        write_file_atomically(folder_.path() / "open.png", made::png(96, 64));
        write_file_atomically(folder_.path() / "close.png", made::png(96, 64));
    }

    CheckedNight check(const std::string& model, const std::string& lines) const {
        const std::string text =
            "nightreel: 1\nshow: aurora\nshots:\n  - { shot: sh0010, prompt: x, model: " + model +
            ", " + lines + " }\n";
        const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
        return check_night(DocumentSource{folder_.path() / "night.yaml", text, nothing},
                           {folder_.path()});
    }

    ResolvedShot shot(const std::string& model, const std::string& lines) const {
        const CheckedNight checked = check(model, lines);
        INFO(complaints_of(checked));
        REQUIRE(checked.night);
        return checked.night->shots.at(0);
    }

    std::string complaints(const std::string& model, const std::string& lines) const {
        return complaints_of(check(model, lines));
    }

  private:
    void add(const std::string& family, const std::string& lines) {
        fs::create_directory(folder_.path() / family);
        write_file_atomically(folder_.path() / family / "weights.bin", "w");
        write_file_atomically(
            folder_.path() / family / "model.yaml",
            "name: " + family + "\nfamily: " + family +
                "\nlicence: Apache-2.0\ntraining_data: none\nsizes: [96x64]\n" + lines +
                "files:\n  - path: weights.bin\n    digest: " + std::string(64, 'a') + "\n");
    }

    TemporaryFolder folder_;
};

const std::string opened = ", keys: [{ at: 0s, image: open.png }]";

}  // namespace

TEST_CASE("each family makes a long take by the strategy that it was trained for", "[shotspec]") {
    const Stage stage;
    const auto says = [&](const std::string& model, const std::string& lines) {
        const ResolvedShot shot = stage.shot(model, lines);
        return std::tuple(shot.strategy, shot.continues, shot.overlap_latents);
    };
    using Said = std::tuple<Strategy, std::optional<Continuation>, std::int32_t>;
    CHECK(says("wan2.1-t2v", "frames: 120") == Said(Strategy::windowed, std::nullopt, 5));
    CHECK(says("wan2.1-vace", "frames: 120") == Said(Strategy::chain, Continuation::frames, 2));
    CHECK(says("wan2.1-i2v", "frames: 120" + opened) ==
          Said(Strategy::chain, Continuation::picture, 1));
    CHECK(says("wan2.2-ti2v", "frames: 120") == Said(Strategy::chain, Continuation::picture, 1));
    CHECK(says("skyreels", "frames: 120") == Said(Strategy::chain, std::nullopt, 5));
    // One segment needs none of it.
    CHECK(says("wan2.1-vace", "frames: 81") == Said(Strategy::chain, std::nullopt, 2));
    CHECK(says("wan2.1-t2v", "frames: 81, strategy: windowed") ==
          Said(Strategy::chain, std::nullopt, 2));
}

TEST_CASE("an overlap counts in the frames that the strategy shares", "[shotspec]") {
    const Stage stage;
    CHECK(stage.shot("wan2.1-vace", "frames: 120, overlap: 17f").overlap_latents == 5);
    CHECK(stage.complaints("wan2.1-vace", "frames: 120, overlap: 16f").find("nearest is 17f") !=
          std::string::npos);
    CHECK(stage.shot("wan2.1-vace", "frames: 120, overlap: 16f, strategy: windowed")
              .overlap_latents == 4);
    CHECK(stage.shot("wan2.2-ti2v", "frames: 120, overlap: 1f").overlap_latents == 1);
    CHECK(stage.complaints("wan2.2-ti2v", "frames: 120, overlap: 8f")
              .find("continues from one picture, so the overlap is 1f") != std::string::npos);
    CHECK(stage.complaints("wan2.1-vace", "frames: 120, overlap: 77f")
              .find("leaves too few new frames") != std::string::npos);
}

TEST_CASE("what a model cannot make whole is refused with its ways out", "[shotspec]") {
    const Stage stage;
    const auto refused = [&](const std::string& model,
                             const std::string& lines,
                             std::initializer_list<const char*> parts) {
        const std::string complaints = stage.complaints(model, lines);
        INFO(complaints);
        for (const char* part : parts) CHECK(complaints.find(part) != std::string::npos);
    };
    refused("wan2.1-flf2v",
            "frames: 120, keys: [{ at: 0s, image: open.png }, { at: end, image: close.png }]",
            {"frames 0 to 119 are a gap of 120 frames", "up to 81 in steps of 4"});
    refused("wan2.1-t2v",
            "frames: 120, strategy: chain",
            {"strategy",
             "cannot continue one",
             "use windowed",
             "cut: true",
             "wan2.1-vace: chain (from the last frames) or windowed"});
    refused(
        "wan2.1-i2v", "frames: 120, strategy: windowed" + opened, {"a picture for each window"});
    refused("wan2.1-i2v", "frames: 120, cut: true" + opened, {"begins each clip with a picture"});
    refused("wan2.1-t2v", "frames: 120, cut: true, strategy: windowed", {"no common windows"});
    refused("wan2.2-ti2v", "frames: 120, free_noise: true", {"requires strategy: windowed"});
    refused("wan2.2-ti2v", "frames: 120, exchange: 4", {"exchange", "requires strategy: windowed"});
    refused("wan2.1-t2v", "frames: 120, steps: 8, exchange: 8", {"exchange", "expected 1 to 7"});
    refused("wan2.1-t2v", "frames: 120, exchange: 0", {"exchange", "0 is too small"});
    CHECK(stage.shot("wan2.1-t2v", "frames: 120, exchange: 4").exchange == 4);
    refused("wan2.1-t2v", "frames: 120, guidance_until: 0.5", {"windows share each step"});
    CHECK(stage.shot("wan2.1-t2v", "frames: 120, cut: true").cut == true);
    // The model itself is no way out.
    CHECK(stage.complaints("wan2.1-vace", "frames: 120, strategy: anchors").find("wan2.1-vace: ") ==
          std::string::npos);
}

TEST_CASE("noise is reordered in windows unless the night or the family says otherwise",
          "[shotspec]") {
    const Stage stage;
    CHECK(stage.shot("wan2.1-t2v", "frames: 120").free_noise == true);
    CHECK(stage.shot("wan2.1-t2v", "frames: 120, free_noise: false").free_noise == false);
    CHECK(stage.shot("wan2.1-vace", "frames: 120, strategy: windowed").free_noise == false);
    CHECK_FALSE(stage.shot("wan2.1-vace", "frames: 120").free_noise);
}

TEST_CASE("a card has the last word on how its model continues", "[shotspec]") {
    ModelCard card;
    card.family = "wan2.1-vace";
    CHECK(continuation_of(card) == Continuation::frames);
    card.window.overlap = 0;
    CHECK(usual_overlap(card, 21, false) == 5);
    CHECK(usual_overlap(card, 21, true) == 3);
    CHECK(usual_overlap(card, 4, false) == 2);
    card.window.overlap_draft = 2;
    CHECK(usual_overlap(card, 21, true) == 2);
    card.continues = Continuation::none;
    CHECK(usual_strategy(card) == Strategy::windowed);
    card.strategy = Strategy::chain;
    CHECK(usual_strategy(card) == Strategy::chain);
}

}  // namespace nightreel

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

// Pictures that a take begins or ends with.

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A root with a model that makes clips of 5 to 17 frames, a picture, and a night that uses both.
class Stage {
  public:
    explicit Stage(const std::string& first,
                   const std::string& last,
                   const std::string& more = "") {
        fs::create_directory(folder_.path() / "tiny");
        write("tiny/weights.bin", "w");
        write(
            "tiny/model.yaml",
            "name: tiny\nfamily: wan2.1-flf2v\nlicence: Apache-2.0\ntraining_data: none\n"
            "sizes: [96x64]\nrate: 16\nwindow: { latent_frames_max: 5, latent_frames: 5, overlap: "
            "0 }\nfirst_picture: " +
                first + "\nlast_picture: " + last + more +
                "\nfiles:\n  - path: weights.bin\n    digest: " + std::string(64, 'a') + "\n");
        write("open.png", made::png(96, 64));
        write("close.png", made::png(192, 128));
    }

    CheckedNight check(const std::string& keys, int frames = 17) const {
        const std::string text =
            "nightreel: 1\nshow: aurora\nshots:\n"
            "  - { shot: sh0010, prompt: x, model: tiny, frames: " +
            std::to_string(frames) + keys + " }\n";
        const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
        return check_night(DocumentSource{folder_.path() / "night.yaml", text, nothing},
                           {folder_.path()});
    }

    std::string complaints(const std::string& keys, int frames = 17) const {
        return complaints_of(check(keys, frames));
    }

  private:
    void write(const std::string& name, const std::string& text) const {
        write_file_atomically(folder_.path() / name, text);
    }

    TemporaryFolder folder_;
};

const std::string both = ", keys: [{ at: end, image: close.png }, { at: 0s, image: open.png }]";
const std::string first_only = ", keys: [{ at: 0s, image: open.png }]";

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("keys are found beside the night, in the order of the take", "[shotspec]") {
    const Stage stage("needed", "taken");
    const CheckedNight checked = stage.check(both);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const std::vector<KeyPicture>& keys = checked.night->shots.at(0).keys;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].at == KeyPlace::start);
    CHECK(fs::path(keys[0].path).filename() == "open.png");
    CHECK(keys[1].at == KeyPlace::end);
    CHECK(keys[0].digest != keys[1].digest);
    CHECK(stage.check(first_only).night->digest != checked.night->digest);
}

TEST_CASE("a model says which keys it takes and which it needs", "[shotspec]") {
    CHECK(says(Stage("refused", "refused").complaints(first_only), "takes no picture at 0s"));
    CHECK(says(Stage("needed", "refused").complaints(""), "write keys: [{ at: 0s, image: FILE }]"));
    CHECK(says(Stage("needed", "needed").complaints(first_only), "needs a picture at end too"));
    CHECK(Stage("taken", "taken").complaints("").empty());
}

TEST_CASE("a key names a picture that is there, once for each place", "[shotspec]") {
    const Stage stage("needed", "taken");
    CHECK(says(stage.complaints(", keys: [{ at: 0s, image: none.png }]"), "none.png"));
    CHECK(says(stage.complaints(", keys: [{ at: 0s, image: open.png }, { at: 0s, image: "
                                "close.png }]"),
               "a second picture for 0s; keep one"));
    CHECK(says(Stage("taken", "refused").complaints(", keys: [{ at: 8f, image: open.png }]"),
               "0s or end only, not at 8f"));
    CHECK(says(stage.complaints(", keys: [{ at: later, image: open.png }]"), "or end"));
}

TEST_CASE("one frame is not the first and the last picture at once", "[shotspec]") {
    const std::string problem = "the only frame cannot be both";
    CHECK(says(Stage("taken", "taken").complaints(both, 1), problem));
    CHECK_FALSE(says(Stage("taken", "taken").complaints(first_only, 1), problem));
    CHECK_FALSE(says(Stage("taken", "taken").complaints(both, 13), problem));
}

TEST_CASE("a take that ends with a picture is one segment, or has pictures between", "[shotspec]") {
    CHECK(Stage("needed", "taken").complaints(first_only, 17).empty());
    CHECK(says(Stage("needed", "needed").complaints(both, 18),
               "frames 0 to 17 are a gap of 18 frames between pictures"));
}

TEST_CASE("pictures divide a take into gaps of whole latent frames", "[shotspec]") {
    const Stage stage("needed", "needed");
    const auto keys = [](const std::string& between) {
        return ", keys: [{ at: end, image: close.png }, { at: 0s, image: open.png }, { at: " +
               between + ", image: open.png }]";
    };
    const CheckedNight checked = stage.check(keys("16f"), 29);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots.at(0).strategy == Strategy::anchors);
    CHECK(checked.night->shots.at(0).keys.size() == 3);
    // Also a short take.
    CHECK(stage.check(keys("8f"), 17).night->shots.at(0).strategy == Strategy::anchors);
    CHECK(says(stage.complaints(keys("15f"), 29), "makes gaps of up to 17 in steps of 4"));
    CHECK(says(stage.complaints(keys("16f"), 41), "a gap of 25 frames"));
    CHECK(says(stage.complaints(keys("16f") + ", strategy: chain", 29), "use strategy: anchors"));
    // Behind the last picture a model that needs none goes on.
    const std::string open_end =
        ", keys: [{ at: 0s, image: open.png }, { at: 8f, image: close.png }]";
    CHECK(Stage("needed", "taken").check(open_end, 20).night);
    CHECK(says(Stage("needed", "refused").complaints(open_end, 20), "0s or end only"));
}

TEST_CASE("a picture at the end stands on the last frame that is delivered", "[shotspec]") {
    const Stage stage("taken", "taken");
    CHECK(stage.complaints(both, 13).empty());
    CHECK(says(stage.complaints(both, 14), "steps of 4; the nearest is 13f"));
    CHECK(stage.complaints(first_only, 14).empty());
}

TEST_CASE("a model whose clean frames stand anywhere takes pictures at any time", "[shotspec]") {
    const Stage stage("taken", "refused", "\nhistory: true\npictures_between: taken");
    const auto keys = [](const std::string& at) {
        return ", overlap: 8f, keys: [{ at: end, image: close.png }, { at: " + at +
               ", image: open.png }]";
    };
    const CheckedNight checked = stage.check(keys("30f"), 40);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const std::vector<KeyPicture>& placed = checked.night->shots.at(0).keys;
    REQUIRE(placed.size() == 2);
    CHECK(placed[0].at == KeyPlace::between);
    CHECK(placed[0].frame == 30);
    CHECK(placed[1].at == KeyPlace::end);
    CHECK(stage.check(keys("31f"), 40).night->digest != checked.night->digest);
    CHECK(stage.check(keys("1.25s"), 40).night->shots.at(0).keys.at(0).frame == 20);
    CHECK(says(stage.complaints(keys("1.26s"), 40), "nearest whole lengths"));
    CHECK(says(stage.complaints(keys("40f"), 40), "outside of the take"));
    CHECK(says(stage.complaints(keys("39f"), 40), "write at: end"));
    CHECK(says(stage.complaints(keys("38f"), 40), "cannot tell apart"));
    CHECK(says(stage.complaints(", cut: true" + keys("30f").substr(13), 40), "at 0s only; remove"));
    CHECK(says(Stage("taken", "refused", "\npictures_between: taken").complaints(keys("4f")),
               "expected refused, or taken for a model that continues from latents"));
}

}  // namespace nightreel

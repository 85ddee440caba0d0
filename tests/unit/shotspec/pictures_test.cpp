#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "shotspec/describe/canonical_text.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

// What a night's pictures are checked for before it is rendered, and what of them its digest holds.

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A model that makes 96x64, and nights whose only shot has a character and a first picture.
class Stage {
  public:
    explicit Stage(const std::string& family = "wan2.1-i2v") {
        fs::create_directory(folder_.path() / "tiny");
        write("tiny/weights.bin", "w");
        write("tiny/model.yaml",
              "name: tiny\nfamily: " + family +
                  "\nlicence: Apache-2.0\ntraining_data: none\nsizes: [96x64]\nrate: 16\n"
                  "references_max: 2\nfirst_picture: taken\nfiles:\n  - path: weights.bin\n"
                  "    digest: " +
                  std::string(64, 'a') + "\n");
        write("sound.png", made::png(96, 64));
    }

    void write(const std::string& name, const std::string& bytes) const {
        write_file_atomically(folder_.path() / name, bytes);
    }

    CheckedNight check(const std::string& reference, const std::string& key) const {
        const std::string text = fmt::format(
            "nightreel: 1\nshow: aurora\ncharacters:\n"
            "  mira: {{ prompt: a star, references: [{}] }}\nshots:\n"
            "  - {{ shot: s, prompt: \"{{mira}}\", model: tiny, frames: 9,\n"
            "      keys: [{{ at: 0s, image: {} }}] }}\n",
            reference,
            key);
        const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
        return check_night(DocumentSource{folder_.path() / "night.yaml", text, nothing},
                           {folder_.path()});
    }

    // Of the night with these bytes as the key.
    std::string complaints_of_key(const std::string& bytes) const {
        write("key", bytes);
        return complaints_of(check("sound.png", "key"));
    }

    std::string complaints_of_reference(const std::string& bytes) const {
        write("reference", bytes);
        return complaints_of(check("reference", "sound.png"));
    }

    // The shot with these bytes as reference and as key.
    ResolvedShot shot_with(const std::string& bytes) const {
        write("both", bytes);
        const CheckedNight checked = check("both", "both");
        INFO(complaints_of(checked));
        REQUIRE(checked.night);
        return checked.night->shots.at(0);
    }

  private:
    TemporaryFolder folder_;
};

bool says(const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a broken picture is refused with its place before the night", "[shotspec]") {
    const Stage stage;
    const std::string whole = made::png(96, 64);
    CHECK(says(stage.complaints_of_key(whole.substr(0, whole.size() / 2)),
               "night.yaml:7:31: shots[0].keys[0].image: key: is truncated; export it again"));
    CHECK(says(stage.complaints_of_reference(whole.substr(0, whole.size() / 2)),
               "night.yaml:4:40: characters.mira.references[0]: reference: is truncated"));
    CHECK(says(stage.complaints_of_reference(""), "is empty"));
    CHECK(stage.complaints_of_key(whole).empty());
}

TEST_CASE("a key has the size of its shot, or is larger in the same shape", "[shotspec]") {
    const Stage stage;
    CHECK(says(stage.complaints_of_key(made::png(40, 70)),
               "shots[0].keys[0].image: key: has 40x70 pixels, but the shot has 96x64: crop or "
               "resize it to that size"));
    CHECK(says(stage.complaints_of_key(made::png(48, 32)), "enlarge it to that size"));
    CHECK(stage.complaints_of_key(made::png(144, 96)).empty());
}

TEST_CASE("a reference stands for a frame too, but of a model that lays it on a canvas",
          "[shotspec]") {
    const std::string other_shape = made::png(40, 70);
    CHECK(says(Stage().complaints_of_reference(other_shape),
               "characters.mira.references[0]: reference: has 40x70 pixels, but the shot has "
               "96x64"));
    CHECK(Stage("wan2.1-vace").complaints_of_reference(other_shape).empty());
    CHECK(says(Stage("wan2.1-vace").complaints_of_key(other_shape), "has 40x70 pixels"));
}

TEST_CASE("the size that counts is that of the upright picture and of the display window",
          "[shotspec]") {
    const Stage stage;
    const auto turned = [](int width, int height) {
        return made::file(made::Png{
            .width = width, .height = height, .chunks = made::png_chunk("eXIf", made::exif(6))});
    };
    CHECK(stage.complaints_of_key(turned(64, 96)).empty());
    CHECK(says(stage.complaints_of_key(turned(96, 64)), "has 64x96 pixels"));
    const made::Exr overscan{.stored = {-2, -2, 97, 65}, .shown = {0, 0, 95, 63}};
    CHECK(stage.complaints_of_key(made::file(overscan)).empty());
    made::Exr squeezed = overscan;
    squeezed.pixel_aspect = 2;
    CHECK(says(stage.complaints_of_key(made::file(squeezed)), "pixel aspect ratio of 2"));
}

TEST_CASE("other pixels than square ones are a warning where viewers ignore them", "[shotspec]") {
    const Stage stage;
    const auto with_density = [](int across, int down) {
        return made::file(made::Png{
            .width = 96,
            .height = 64,
            .chunks = made::png_chunk("pHYs",
                                      made::big(static_cast<std::uint64_t>(across), 4) +
                                          made::big(static_cast<std::uint64_t>(down), 4) + '\1')});
    };
    CHECK(says(stage.complaints_of_key(with_density(1000, 2000)), "warning: shots[0].keys[0]"));
    CHECK(stage.complaints_of_key(with_density(2835, 2834)).empty());
    CHECK(stage.check("sound.png", "key").night);
}

TEST_CASE("a picture that is taken as it is stored leaves no trace of how in any digest",
          "[shotspec]") {
    const ResolvedShot shot = Stage().shot_with(made::png(96, 64));
    CHECK_FALSE(shot.references.at(0).reading);
    CHECK_FALSE(shot.keys.at(0).reading);
    const std::string digest = shot.keys.at(0).digest.hex();
    CHECK(canonical_text(shot.references.at(0)) ==
          R"({"character":"mira","digest":")" + digest + R"("})");
    CHECK(canonical_text(shot.keys.at(0)) == R"({"at":"0s","digest":")" + digest + R"("})");
}

TEST_CASE("orientation, window and transparency of a picture stand in what is planned",
          "[shotspec]") {
    const Stage stage;
    const made::Png turned{
        .width = 96, .height = 64, .chunks = made::png_chunk("eXIf", made::exif(3))};
    CHECK(canonical_text(stage.shot_with(made::file(turned)).keys.at(0))
              .ends_with(R"(,"reading":{"orientation":3}})"));
    const made::Exr cropped{.stored = {8, 8, 20, 20}, .shown = {0, 0, 95, 63}};
    CHECK(canonical_text(stage.shot_with(made::file(cropped)).references.at(0))
              .ends_with(R"(,"reading":{"display_window":true}})"));
    const made::Png clear{.width = 96, .height = 64, .colour_type = 6, .pixel = {1, 2, 3, 4}};
    const ResolvedShot shot = stage.shot_with(made::file(clear));
    CHECK(shot.references.at(0).reading->ground == PictureGround::white);
    CHECK(shot.keys.at(0).reading->ground == PictureGround::black);
}

TEST_CASE("an EXR's own primaries stand in what is planned; those of ACES, read before, do not",
          "[shotspec]") {
    const Stage stage;
    const auto key = [&](const char* id) {
        const made::Exr exr{.stored = {0, 0, 95, 63},
                            .shown = {0, 0, 95, 63},
                            .attributes = made::exr_interop_id(id)};
        return canonical_text(stage.shot_with(made::file(exr)).keys.at(0));
    };
    CHECK(key("lin_p3d65_scene").ends_with(R"(,"reading":{"own_primaries":true}})"));
    for (const char* known : {"lin_ap0_scene", "lin_ap1_scene", "lin_rec709_scene"}) {
        CHECK(key(known).find("reading") == std::string::npos);
    }
}

TEST_CASE("an EXR's colour lies on black as it is, so that a key with alpha is as it was",
          "[shotspec]") {
    const ResolvedShot shot = Stage().shot_with(made::file(made::Exr{
        .stored = {0, 0, 95, 63}, .shown = {0, 0, 95, 63}, .channels = {"A", "B", "G", "R"}}));
    CHECK_FALSE(shot.keys.at(0).reading);
    CHECK(shot.references.at(0).reading->ground == PictureGround::white);
}

}  // namespace nightreel

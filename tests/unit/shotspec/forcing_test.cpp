#include "shotspec/card/forcing.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/describe/canonical_text.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/resolve/check_night.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// 25 latent frames a segment, 5 of them shared: 97 and 20 frames.
constexpr const char* of_card =
    "draft: { steps: 10, forcing: { history_noise: 20 } }\n"
    "final: { steps: 30, forcing: { history_noise: 20 } }\n"
    "window: { latent_frames_max: 25, latent_frames: 25, overlap: 5 }\n"
    "step_cache: { coefficients: [1, 2, 3, 4, 5] }\n";

// A root with one model, whose card ends with these lines.
struct Root {
    TemporaryFolder folder;

    explicit Root(const std::string& lines, const std::string& family = "skyreels-v2-df") {
        fs::create_directory(model());
        write_file_atomically(model() / "weights.bin", "w");
        write_file_atomically(model() / "model.yaml",
                              "name: tiny\nfamily: " + family +
                                  "\nlicence: Apache-2.0\ntraining_data: drawn clips\n"
                                  "sizes: [96x64]\nrate: 24\nhistory: true\nfirst_picture: taken\n"
                                  "references_max: 2\nfiles:\n  - path: weights.bin\n    digest: " +
                                  std::string(64, 'a') + "\n" + lines);
    }

    fs::path model() const { return folder.path() / "tiny"; }

    CheckedNight check(const std::string& shot, const std::string& defaults = "") const {
        const std::string text = "nightreel: 1\nshow: aurora\ndefaults: { model: tiny" + defaults +
                                 " }\nshots:\n  - { shot: sh0010, prompt: x, " + shot + " }\n";
        return check_night(DocumentSource{"night.yaml", text, {}}, {folder.path()});
    }

    std::string complaints(const std::string& shot, const std::string& defaults = "") const {
        return complaints_of(check(shot, defaults));
    }

    std::string card_complaints() const {
        Complaints found;
        read_model_card({"tiny", model()}, found);
        return text_of(found.sorted());
    }
};

std::optional<ForcingSettings> forcing_of(const CheckedNight& checked) {
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    return checked.night->shots[0].sampling.forcing;
}

ForcingSettings forcing(std::int32_t block, std::int32_t lag, double history_noise) {
    return {.block = block, .lag = lag, .history_noise = history_noise};
}

}  // namespace

TEST_CASE("each field of a forcing is the shot's, else that of the defaults, else the card's",
          "[shotspec]") {
    const Root root(of_card);
    CHECK(forcing_of(root.check("frames: 97")) == forcing(1, 0, 20));
    CHECK(forcing_of(root.check("frames: 97, forcing: { lag: 3 }")) == forcing(1, 3, 20));
    CHECK(forcing_of(root.check("frames: 97, forcing: { lag: 3 }",
                                ", forcing: { block: 5, lag: 7, history_noise: 0 }")) ==
          forcing(5, 3, 0));
    CHECK(forcing_of(root.check("frames: 97, forcing: {}", ", forcing: { lag: 7 }")) ==
          forcing(1, 7, 20));
}

TEST_CASE("what a night says of forcing decides its digest", "[shotspec]") {
    const Root root(of_card);
    const auto digest = [&](const char* shot) { return root.check(shot).night->digest; };
    const Digest plain = digest("frames: 97");
    CHECK(plain == digest("frames: 97, forcing: { block: 1, lag: 0, history_noise: 20 }"));
    CHECK(plain != digest("frames: 97, forcing: { block: 5 }"));
    CHECK(plain != digest("frames: 97, forcing: { lag: 1 }"));
    CHECK(plain != digest("frames: 97, forcing: { history_noise: 10 }"));
}

TEST_CASE("sampling without a forcing has the text and the digest that it had before there was one",
          "[shotspec]") {
    SamplingSettings sampling;
    CHECK(canonical_text(sampling) ==
          R"({"solver":"unipc","schedule":"diffusers-flow","steps":50,"guidance":5,"shift":5,)"
          R"("guidance_low":0,"step_cache":0,"guidance_until":1})");
    sampling.forcing.emplace();
    CHECK(canonical_text(sampling).ends_with(
        R"("guidance_until":1,"forcing":{"block":1,"lag":0,"history_noise":0}})"));
    const auto back = from_json_value<SamplingSettings>(to_json_value(sampling));
    CHECK(back == sampling);
    sampling.forcing.reset();
    CHECK(from_json_value<SamplingSettings>(to_json_value(sampling)) == sampling);
}

TEST_CASE("a forcing for a model that has none is refused where it is written", "[shotspec]") {
    const Root root("", "wan2.1-t2v");
    CHECK_FALSE(forcing_of(root.check("frames: 81")));
    CHECK(root.complaints("frames: 81, forcing: { lag: 1 }") ==
          "night.yaml:5:53: shots[0].forcing: tiny has no forcing in its card: its latent frames "
          "have no noise levels of their own; leave it out\n");
    CHECK(root.complaints("frames: 81", ", forcing: { lag: 1 }")
              .starts_with("night.yaml:3:35: defaults.forcing: tiny has no forcing"));
}

TEST_CASE("values out of range are refused, all at once", "[shotspec]") {
    const std::string complaints = Root(of_card).complaints(
        "frames: 97, forcing: { block: 0, lag: -1, history_noise: 1000, blocks: 5 }");
    INFO(complaints);
    CHECK(complaints.find("shots[0].forcing.block: 0 is too small: expected 1 to 1000") !=
          std::string::npos);
    CHECK(complaints.find("shots[0].forcing.lag: -1 is too small: expected 0 to 1000") !=
          std::string::npos);
    CHECK(complaints.find("shots[0].forcing.history_noise: 1000 is too large: expected 0 to 999") !=
          std::string::npos);
    CHECK(complaints.find("shots[0].forcing.blocks: unknown key; did you mean block?") !=
          std::string::npos);
}

TEST_CASE("a segment or an overlap that is no whole number of blocks is refused with the nearest",
          "[shotspec]") {
    const Root root(of_card);
    CHECK(root.complaints("frames: 97, segment: 89f, forcing: { block: 5 }") ==
          "night.yaml:5:53: shots[0].segment: a segment of 89f has 23 latent frames, no whole "
          "number of blocks of 5; the nearest are 20 (77f) and 25 (97f); or write forcing: "
          "{ block: 1 }\n");
    CHECK(
        root.complaints("frames: 97, forcing: { block: 4 }")
            .starts_with("night.yaml:5:62: shots[0].forcing.block: a segment of 97f has 25 "
                         "latent frames, no whole number of blocks of 4; the nearest is 24 (93f)"));
    CHECK(root.check("frames: 97, forcing: { block: 5 }").night);
    // A take of one segment shares nothing.
    CHECK(root.check("frames: 93, segment: 93f, forcing: { block: 4 }").night);
    CHECK(root.complaints("frames: 94, segment: 93f, forcing: { block: 4 }")
              .find("an overlap of 20f has 5 latent frames, no whole number of blocks of 4; the "
                    "nearest are 4 (16f) and 8 (32f)") != std::string::npos);
    CHECK(root.check("frames: 94, segment: 93f, overlap: 16f, forcing: { block: 4 }").night);
    CHECK(root.check("frames: 94, segment: 93f, cut: true, forcing: { block: 4 }").night);
    CHECK(root.complaints("frames: 94, segment: 93f, overlap: 0f").find("cut: true") !=
          std::string::npos);
}

TEST_CASE("blocks that lag allow no approximation, and frames that move together do",
          "[shotspec]") {
    const Root root(of_card);
    const std::string approximate = "frames: 97, step_cache: 0.1, guidance_until: 0.5";
    CHECK(root.check(approximate).night);
    const std::string complaints = root.complaints(approximate + ", forcing: { lag: 5 }");
    CHECK(complaints.find("shots[0].forcing.lag: forcing.lag is 5, so blocks of frames have no "
                          "common steps that step_cache could skip; set step_cache: 0 or "
                          "forcing: { lag: 0 }") != std::string::npos);
    CHECK(complaints.find("guidance_until could skip; set guidance_until: 1") != std::string::npos);
    const Root lags(
        "draft: { forcing: {} }\nfinal: { forcing: { lag: 5 } }\n"
        "window: { latent_frames_max: 25, latent_frames: 25, overlap: 5 }\n");
    CHECK(lags.complaints("frames: 97, guidance_until: 0.5")
              .find("shots[0].guidance_until: forcing.lag is") != std::string::npos);
    CHECK(lags.check("frames: 97, guidance_until: 0.5, quality: draft").night);
}

TEST_CASE("what stands before the first whole block is refused", "[shotspec]") {
    const Root root(of_card);
    const std::string picture =
        "frames: 97, keys: [{ at: 0s, image: tests/golden/nights/parts/nothing.png }]";
    const std::string words =
        "a picture at 0s is one latent frame, and blocks of 5 move as a "
        "whole; write forcing: { block: 1 }";
    CHECK(root.complaints(picture + ", forcing: { block: 5 }").find(words) != std::string::npos);
    CHECK(root.complaints(picture).find("latent frame") == std::string::npos);
}

TEST_CASE("a card of the family that says nothing is of frames that move one and all at once",
          "[shotspec]") {
    const Root silent("final: { steps: 30 }\n");
    CHECK(forcing_of(silent.check("frames: 81")) == ForcingSettings{});
    const ModelCard card = read_model_card(silent.model());
    CHECK(card.draft.forcing == ForcingSettings{});
    CHECK(card.digest != read_model_card(Root("final: { steps: 30 }\n", "other").model()).digest);
    const Root saying("draft: { forcing: {} }\nfinal: { steps: 30, forcing: { block: 1 } }\n");
    CHECK(card.digest == read_model_card(saying.model()).digest);
}

TEST_CASE("a card that contradicts itself about its forcing is refused", "[shotspec]") {
    const Root half("final: { forcing: { lag: 1 } }\n", "other");
    CHECK(half.card_complaints().find("final.forcing: is set in only one of draft and final") !=
          std::string::npos);
    const std::string window = "window: { latent_frames_max: 25, latent_frames: 25, overlap: 5 }\n";
    const Root broken("draft: { forcing: { block: 4 } }\n" + window);
    CHECK(broken.card_complaints().find("window.latent_frames: 25 latent frames are not a "
                                        "multiple of the block length 4 (draft.forcing.block)") !=
          std::string::npos);
    CHECK(broken.card_complaints().find("window.overlap: 5 latent frames") != std::string::npos);
    const Root lags("final: { guidance_until: 0.5, forcing: { lag: 2 } }\n" + window);
    CHECK(lags.card_complaints().find("final.forcing.lag: forcing.lag is 2, so blocks") !=
          std::string::npos);
    CHECK(Root(of_card).card_complaints().empty());
}

TEST_CASE("a block waits at the longest for the end of the one before it", "[shotspec]") {
    CHECK(forcing_calls(30, 5, 0) == 30);
    CHECK(forcing_calls(30, 5, 5) == 50);
    CHECK(forcing_calls(30, 1, 5) == 30);
    CHECK(forcing_calls(4, 3, 9) == 12);
    CHECK(whole_blocks(10, 5) == 10);
    CHECK(whole_blocks(11, 5) == 15);
}

}  // namespace nightreel

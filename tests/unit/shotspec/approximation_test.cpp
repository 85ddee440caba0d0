#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/resolve/check_night.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* fitted = "step_cache: { coefficients: [-5.2e4, 9.2e3, -528, 13.7, -0.05] }\n";

// A root with one model, whose card ends with these lines.
struct Root {
    TemporaryFolder folder;

    explicit Root(const std::string& lines) {
        fs::create_directory(model());
        write_file_atomically(model() / "weights.bin", "w");
        write_file_atomically(
            model() / "model.yaml",
            "name: tiny\nfamily: wan2.1-t2v\nlicence: Apache-2.0\ntraining_data: drawn clips\n"
            "sizes: [96x64]\nrate: 12\nhistory: true\nfiles:\n  - path: weights.bin\n    digest: " +
                std::string(64, 'a') + "\n" + lines);
    }

    fs::path model() const { return folder.path() / "tiny"; }

    CheckedNight check(const std::string& shot) const {
        const std::string text =
            "nightreel: 1\nshow: aurora\ndefaults: { model: tiny }\nshots:\n"
            "  - { shot: sh0010, prompt: x, frames: 81, " +
            shot + " }\n";
        return check_night(DocumentSource{"night.yaml", text, {}}, {folder.path()});
    }

    std::string card_complaints() const {
        Complaints complaints;
        read_model_card({"tiny", model()}, complaints);
        return text_of(complaints.sorted());
    }
};

}  // namespace

TEST_CASE("nothing is approximated unless it is asked for", "[shotspec]") {
    const CheckedNight checked = Root(fitted).check("steps: 30");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const ResolvedShot& shot = checked.night->shots[0];
    CHECK(shot.sampling.step_cache == 0);
    CHECK(shot.sampling.guidance_until == 1);
    CHECK(shot.step_cache_fit == StepCacheFit{});
}

TEST_CASE("a shot with a step cache carries its model's coefficients", "[shotspec]") {
    const Root root(fitted);
    const CheckedNight checked = root.check("step_cache: 0.1, guidance_until: 0.5");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const ResolvedShot& shot = checked.night->shots[0];
    CHECK(shot.sampling.step_cache == 0.1);
    CHECK(shot.sampling.guidance_until == 0.5);
    CHECK(shot.step_cache_fit.coefficients ==
          std::vector<double>{-5.2e4, 9.2e3, -528, 13.7, -0.05});
    CHECK(shot.step_cache_fit.first_steps == 5);
    CHECK(checked.night->digest !=
          root.check("step_cache: 0.2, guidance_until: 0.5").night->digest);
    CHECK(checked.night->digest !=
          root.check("step_cache: 0.1, guidance_until: 0.6").night->digest);
}

TEST_CASE("an interval of guidance is a shot's own, and holds a step at least", "[shotspec]") {
    const Root root(fitted);
    const CheckedNight checked = root.check("guidance_interval: { start: 0.1, stop: 0.8 }");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots[0].sampling.guidance_interval == GuidanceInterval{0.1, 0.8});
    const CheckedNight none = root.check("steps: 30");
    CHECK(!none.night->shots[0].sampling.guidance_interval);
    CHECK(checked.night->digest != none.night->digest);
    CHECK(
        root.check("guidance_interval: { stop: 0.5 }").night->shots[0].sampling.guidance_interval ==
        GuidanceInterval{0, 0.5});
    const std::string complaints =
        complaints_of(root.check("steps: 4, guidance_interval: { start: 0.5, stop: 0.7 }"));
    CHECK(complaints.find(
              "shots[0].guidance_interval: none of the 4 steps lies between 0.5 and 0.7") !=
          std::string::npos);
    CHECK(complaints_of(root.check("guidance_interval: { start: 2 }"))
              .find("guidance_interval.start") != std::string::npos);
}

TEST_CASE("references are guided where a model takes them before the clip", "[shotspec]") {
    const Root root("references_max: 1\n" + std::string(fitted));
    const CheckedNight guided = root.check("guide_references: true");
    INFO(complaints_of(guided));
    REQUIRE(guided.night);
    CHECK(guided.night->shots[0].sampling.guide_references == true);
    const CheckedNight plain = root.check("steps: 50");
    CHECK(!plain.night->shots[0].sampling.guide_references);
    CHECK(guided.night->digest != plain.night->digest);
    CHECK(complaints_of(root.check("guide_references: true, step_cache: 0.1"))
              .find("shots[0].guide_references: cannot be combined with step_cache") !=
          std::string::npos);
    CHECK(complaints_of(Root(fitted).check("guide_references: true"))
              .find("shots[0].guide_references: requires a model that takes reference pictures") !=
          std::string::npos);
}

TEST_CASE("a step cache of a model without coefficients is refused with the remedy", "[shotspec]") {
    const Root root("");
    const std::string complaints = complaints_of(root.check("step_cache: 0.1"));
    CHECK(complaints.find("night.yaml:5:56: shots[0].step_cache: tiny has no "
                          "step_cache.coefficients in its card; leave step_cache out, or fit them: "
                          "nightreel-bench approximations --model " +
                          root.model().string()) == 0);
    CHECK(root.check("guidance_until: 0.5").night);
    CHECK(root.check("step_cache: 0").night);
}

TEST_CASE("new coefficients change the work of the shots that use them, and no other",
          "[shotspec]") {
    const Root before(fitted);
    const Root after(
        "step_cache: { coefficients: [1, 2, 3, 4, 5], first_steps: 3 }\n"
        "measured:\n  - { step_cache: 0.1, steps: 20, latents_error: 0.03 }\n");
    CHECK(read_model_card(before.model()).digest == read_model_card(after.model()).digest);
    const auto digest = [](const Root& root, const char* shot) {
        return root.check(shot).night->digest;
    };
    CHECK(digest(before, "steps: 30") == digest(after, "steps: 30"));
    CHECK(digest(before, "step_cache: 0.1") != digest(after, "step_cache: 0.1"));
}

TEST_CASE("a card gives all five coefficients or none, and those where it has a step cache itself",
          "[shotspec]") {
    CHECK(Root(fitted).card_complaints().empty());
    CHECK(Root("step_cache: { coefficients: [1, 2] }\n")
              .card_complaints()
              .find("step_cache.coefficients: 2 coefficients: expected 5") != std::string::npos);
    const std::string draft = "draft: { steps: 12, step_cache: 0.2 }\n";
    CHECK(Root(draft + fitted).card_complaints().empty());
    CHECK(Root(draft).card_complaints().find("draft.step_cache: requires") != std::string::npos);
    CHECK(Root("measured:\n  - { step_cache: 0.1 }\n").card_complaints().find("is missing") !=
          std::string::npos);
}

}  // namespace nightreel

#include <algorithm>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "shotspec/describe/canonical_text.h"
#include "shotspec/recipe/read_recipe.h"
#include "shotspec/resolve/check_night.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Begins as a safetensors file does; checking a night looks no further.
std::string lora_file_named(const std::string& inside) {
    return std::string("\x10\0\0\0\0\0\0\0", 8) + "{" + inside + "}";
}

// Models of one and of two experts, LoRA files, and the recipes of the program.
class RecipeStage {
  public:
    RecipeStage() {
        write_model("one", "wan2.1-t2v", "transformer/w.safetensors");
        write_model("two", "wan2.2-t2v", "transformer_2/w.safetensors");
        write_model("listed",
                    "wan2.1-t2v",
                    "transformer/w.safetensors",
                    "final: { solver: euler, sigmas: [1, 0.5] }\n");
        for (const char* name : {"a", "b"}) {
            write_file_atomically(folder_.path() / (std::string(name) + ".safetensors"),
                                  lora_file_named(name));
        }
    }

    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((folder_.path() / name).parent_path());
        write_file_atomically(folder_.path() / name, text);
    }

    CheckedNight check(const std::string& shot, const std::string& defaults = "takes: 1") const {
        const std::string text = "nightreel: 1\nshow: aurora\ndefaults: { " + defaults +
                                 " }\nshots:\n  - { shot: sh0010, prompt: x, frames: 9, " + shot +
                                 " }\n";
        return check_text_of(text);
    }

    CheckedNight check_text_of(const std::string& text) const {
        return check_night(DocumentSource{folder_.path() / "night.yaml", text, {}},
                           {folder_.path()},
                           {},
                           {"recipes"});
    }

    ResolvedShot shot(const std::string& lines, const std::string& defaults = "takes: 1") const {
        const CheckedNight checked = check(lines, defaults);
        INFO(complaints_of(checked));
        REQUIRE(checked.night);
        return checked.night->shots.at(0);
    }

    // The only complaint, without its place.
    std::string told(const std::string& lines, const std::string& defaults = "takes: 1") const {
        const CheckedNight checked = check(lines, defaults);
        INFO(complaints_of(checked));
        REQUIRE(checked.diagnostics.size() == 1);
        return checked.diagnostics[0].path + ": " + checked.diagnostics[0].message;
    }

    void write_model(const std::string& name,
                     const std::string& family,
                     const std::string& file,
                     const std::string& lines = "") const {
        const fs::path model = folder_.path() / name;
        fs::create_directories((model / file).parent_path());
        write_file_atomically(model / file, "w");
        write_file_atomically(model / "model.yaml",
                              "name: " + name + "\nfamily: " + family +
                                  "\nlicence: Apache-2.0\ntraining_data: none\nsizes: [96x64]\n"
                                  "files:\n  - path: " +
                                  file + "\n    digest: " + std::string(64, 'a') + "\n" + lines);
    }

  private:
    TemporaryFolder folder_;
};

constexpr const char* lightning =
    "model: two, recipe: { name: lightning-wan2.2-t2v, high: a.safetensors, low: b.safetensors }";

}  // namespace

TEST_CASE("every recipe of the program can be read and says what it is for", "[shotspec]") {
    const std::vector<RecipeFile> files = find_recipes({"recipes"});
    REQUIRE(files.size() >= 18);
    for (const RecipeFile& file : files) {
        CAPTURE(file.name);
        Complaints found;
        const Recipe recipe = read_recipe(file, found);
        INFO(text_of(found.sorted()));
        REQUIRE(found.empty());
        CHECK_FALSE(recipe.families.empty());
        CHECK_FALSE((recipe.loras.empty() && recipe.checkpoints.empty()));
        for (const RecipeLora& lora : recipe.loras) CHECK_FALSE(lora.published.empty());
        CHECK(recipe.sampling.steps <= 12);
    }
}

TEST_CASE("a recipe gives sampling and the strengths of its LoRAs", "[shotspec]") {
    const RecipeStage stage;
    const ResolvedShot shot = stage.shot(lightning);
    CHECK(shot.sampling.solver == Solver::euler);
    CHECK(shot.sampling.schedule == Schedule::uniform);
    CHECK(shot.sampling.steps == 4);
    CHECK(shot.sampling.shift == 5);
    CHECK(shot.sampling.guidance == 1);
    REQUIRE(shot.loras.size() == 2);
    CHECK((shot.loras[0].lora.high == 1 && shot.loras[0].lora.low == 0));
    CHECK((shot.loras[1].lora.high == 0 && shot.loras[1].lora.low == 1));
    REQUIRE(shot.recipe);
    CHECK(shot.recipe->name == "lightning-wan2.2-t2v");
    CHECK(shot.recipe->source == "https://github.com/ModelTC/Wan2.2-Lightning at 92efeb4");
    CHECK(shot.recipe->changed.empty());
    const ResolvedShot phases = stage.shot(
        "model: two, recipe: { name: three-phase-wan2.2-t2v, high: a.safetensors, low: "
        "b.safetensors }");
    CHECK(phases.loras[0].lora.by_step == std::vector<double>{0, 1});
    CHECK(phases.sampling.guidance_low == 1);
}

TEST_CASE("the night of docs/recipes.md is right", "[shotspec]") {
    const RecipeStage stage;
    const std::string page = read_file("docs/recipes.md");
    const std::string begin = "```yaml\n";
    const std::size_t at = page.find(begin) + begin.size();
    std::string text = page.substr(at, page.find("```", at) - at);
    stage.write_model("wan2.2-t2v-a14b", "wan2.2-t2v", "transformer_2/w.safetensors");
    text.replace(text.find("832x480"), 7, "96x64");
    for (const char* name : {"high_noise_model", "low_noise_model"}) {
        stage.write(fmt::format("loras/{}.safetensors", name), lora_file_named(name));
    }
    const CheckedNight checked = stage.check_text_of(text);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots.at(0).loras.size() == 2);
}

TEST_CASE("a shot says what it changes of a recipe, which holds against defaults", "[shotspec]") {
    const RecipeStage stage;
    const ResolvedShot shot = stage.shot(
        "model: two, steps: 8, recipe: { name: lightning-wan2.2-t2v, high: { file: "
        "a.safetensors, strength: 0.5 }, low: b.safetensors }");
    CHECK(shot.sampling.steps == 8);
    CHECK(shot.loras[0].lora.high == 0.5);
    REQUIRE(shot.recipe);
    CHECK(shot.recipe->changed ==
          std::vector<std::string>{"strength of high: 0.5 instead of 1", "steps: 8 instead of 4"});
    const std::string defaults = "steps: 20, guidance: 5, shift: 3, sampler: unipc";
    CHECK(stage.shot(lightning, defaults).sampling == stage.shot(lightning).sampling);
    const ResolvedShot with_default =
        stage.shot("model: one", "recipe: fastwan2.1-t2v, guidance: 2");
    CHECK(with_default.sampling.guidance == 2);
    CHECK(with_default.sampling.timesteps == std::vector<double>{1000, 757, 522});
    CHECK(with_default.sampling.steps == 3);
    CHECK_FALSE(stage.shot("model: one, recipe: none", "recipe: fastwan2.1-t2v").recipe);
}

TEST_CASE("a recipe that cannot be used is refused with the way out", "[shotspec]") {
    const RecipeStage stage;
    CHECK_THAT(
        stage.told("model: one, recipe: lightning-wan2.2-t2v"),
        Catch::StartsWith("shots[0].recipe: lightning-wan2.2-t2v is for models of the family "
                          "wan2.2-t2v; one is wan2.1-t2v: use accvideo-wan2.1-t2v, ") &&
            Catch::EndsWith(", or recipe: none"));
    const CheckedNight missing = stage.check("model: two, recipe: lightning-wan2.2-t2v");
    CHECK_THAT(complaints_of(missing),
               Catch::Contains("requires its LoRA `high`; write recipe: { name: "
                               "lightning-wan2.2-t2v, high: FILE, low: FILE } (published as "
                               "lightx2v/Wan2.2-Lightning: "));
    CHECK_THAT(stage.told("model: one, recipe: fastwan-2.1-t2v"),
               Catch::Contains("no recipe fastwan-2.1-t2v is installed; did you mean "
                               "fastwan2.1-t2v?"));
    CHECK_THAT(stage.told("model: one, recipe: { name: fastwan2.1-t2v, lora: a.safetensors }"),
               Catch::StartsWith("shots[0].recipe.lora: fastwan2.1-t2v has no LoRA of this name"));
    CHECK_THAT(stage.told("model: one, recipe: { name: lightx2v-wan2.1-t2v, lora: c.safetensors }"),
               Catch::StartsWith("shots[0].recipe.lora: c.safetensors: there is no such file"));
    CHECK_THAT(stage.told("model: one, recipe: ours/few.yaml"),
               Catch::Contains("ours/few.yaml: there is no such recipe file"));
    CHECK_THAT(stage.told("model: two, steps: 8, recipe: { name: lightx2v-wan2.2-t2v, high: "
                          "a.safetensors, low: b.safetensors }"),
               Catch::StartsWith("shots[0].steps: makes 8 steps, but recipe lightx2v-wan2.2-t2v "
                                 "changes experts after 2 of its 4 steps; write switch_at_step"));
}

TEST_CASE("a site has recipes of its own: beside the night, or over those of the program",
          "[shotspec]") {
    const RecipeStage stage;
    const std::string head =
        "recipe: 1\nmeaning: ours\nfamilies: [wan2.1-t2v]\nsource: { repository: us, commit: a1, "
        "files: [x] }\n";
    stage.write("few.yaml",
                head + "sampling: { solver: euler, sigmas: [1, 0.6, 0.2], guidance: 1 }\n");
    const ResolvedShot shot = stage.shot("model: one, recipe: few.yaml");
    CHECK(shot.sampling.steps == 3);
    CHECK(shot.sampling.sigmas == std::vector<double>{1, 0.6, 0.2});
    CHECK(shot.sampling.shift == 1);
    stage.write("few.yaml", head + "sampling: { steps: 4, shift: 3, sigmas: [1, 0.6, 0.2] }\n");
    const std::string told = complaints_of(stage.check("model: one, recipe: few.yaml"));
    CHECK_THAT(told, Catch::Contains("sampling.steps: is 4, but sigmas has 3 values"));
    CHECK_THAT(told, Catch::Contains("sampling.shift: has no effect on sigmas"));
    CHECK_THAT(told, Catch::Contains("few.yaml:5:"));
}

TEST_CASE("levels that contradict each other are refused with both places", "[shotspec]") {
    const RecipeStage stage;
    const std::string sigmas = "model: one, sigmas: [1, 0.8, 0.5], ";
    CHECK(stage.shot(sigmas + "takes: 1").sampling.steps == 3);
    CHECK(stage.shot(sigmas + "steps: 3").sampling.steps == 3);
    CHECK(stage.told(sigmas + "steps: 4") ==
          "shots[0].steps: is 4, but sigmas has 3 values; remove steps (shots[0].sigmas, line 5)");
    CHECK(stage.told(sigmas + "shift: 5") ==
          "shots[0].shift: has no effect on sigmas, which are final; remove one of them "
          "(shots[0].sigmas, line 5)");
    CHECK_THAT(stage.told(sigmas + "schedule: wan"), Catch::Contains("conflicts with sigmas"));
    CHECK_THAT(stage.told(sigmas + "timesteps: [1000]"), Catch::Contains("give only one of them"));
    CHECK_THAT(stage.told("model: one, sigmas: [1, 0.8, 0.9]"), Catch::Contains("falling"));
    CHECK_THAT(stage.told("model: one, sigmas: []"), Catch::Contains("is empty"));
    CHECK_THAT(stage.told("model: one, sigmas: [1, 0]"), Catch::Contains("above 0"));
    CHECK_THAT(stage.told("model: one, switch_at_step: 2"), Catch::Contains("two experts"));
    CHECK_THAT(stage.told("model: one, guidance_low: 2"), Catch::Contains("two experts"));
    CHECK(stage.told("model: two, steps: 4, switch_at_step: 4") ==
          "shots[0].switch_at_step: is 4, but there are 4 steps: expected 1 to 3 (shots[0].steps, "
          "line 5)");
    // The list of the defaults gives way to a schedule of the shot, as theirs does to a list.
    CHECK(stage.shot("model: one, schedule: wan, steps: 6", "sigmas: [1, 0.5]").sampling.steps ==
          6);
    CHECK(stage.shot("model: one, sigmas: [1, 0.5]", "steps: 6, shift: 3").sampling.steps == 2);
    CHECK_THAT(stage.told("model: one, steps: 6", "sigmas: [1, 0.5]"),
               Catch::EndsWith("(defaults.sigmas, line 3)"));
}

TEST_CASE("levels of a card are steps, and a night changes them as a whole", "[shotspec]") {
    const RecipeStage stage;
    CHECK(stage.shot("model: listed").sampling.steps == 2);
    CHECK_THAT(stage.told("model: listed, steps: 5"),
               Catch::Contains("is 5, but final of listed gives 2 sigmas; remove steps, or write "
                               "sigmas or schedule too"));
    CHECK_THAT(stage.told("model: listed, shift: 5"),
               Catch::Contains("has no effect on the sigmas"));
    CHECK_THAT(stage.told("model: listed, schedule: wan, steps: 5"),
               Catch::Contains("write shift beside schedule"));
    const ResolvedShot other = stage.shot("model: listed, schedule: wan, steps: 5, shift: 3");
    CHECK_FALSE(other.sampling.sigmas);
    CHECK(other.sampling.schedule == Schedule::wan);
    CHECK(stage.shot("model: two, guidance: 4, guidance_low: 1").sampling.guidance_low == 1);
    CHECK(stage.shot("model: two, guidance: 4", "guidance_low: 1").sampling.guidance_low == 0);
}

TEST_CASE("settings that nobody uses change no digest", "[shotspec]") {
    const std::string text = canonical_text(SamplingSettings{});
    for (const char* field : {"sigmas", "timesteps", "switch_at_step", "noise_scale"}) {
        CHECK(text.find(field) == std::string::npos);
    }
    CHECK(canonical_text(SegmentLora{}).find("by_step") == std::string::npos);
    const RecipeStage stage;
    const ResolvedShot by_recipe = stage.shot(lightning);
    ResolvedShot without = by_recipe;
    without.recipe.reset();
    CHECK(canonical_text(by_recipe) == canonical_text(without));
}

}  // namespace nightreel

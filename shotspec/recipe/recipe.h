#pragma once
// A recipe: how a distilled model, or a model with a LoRA for few steps, is sampled as it was
// trained. One file each, `recipes/NAME.yaml`. Described once here. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/card/sampling_settings.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

inline constexpr std::int32_t recipe_version = 1;

// Under which name a night gives the file of a LoRA, which also says what it acts on: `lora` on all
// of the model, the others on one of its two experts.
enum class RecipeLoraName { lora, high, low };

template <>
struct EnumWords<RecipeLoraName> {
    static constexpr auto words =
        std::to_array<std::pair<RecipeLoraName, std::string_view>>({{RecipeLoraName::lora, "lora"},
                                                                    {RecipeLoraName::high, "high"},
                                                                    {RecipeLoraName::low, "low"}});
};

struct RecipeLora {
    RecipeLoraName name = RecipeLoraName::lora;
    double strength = 1;
    std::optional<std::vector<double>> by_step;
    bool optional = false;
    std::vector<std::string> published;
};

template <class Visitor>
void describe(RecipeLora& value, Visitor& field) {
    field(
        "name",
        value.name,
        {.meaning = "Name under which a night file gives the file: lora for the whole model, high "
                    "or low for one of two experts.",
         .required = true});
    field("strength", value.strength, {.meaning = "Strength of the LoRA."});
    field("by_step",
          value.by_step,
          {.meaning = "Factors for the strength, one per denoising step; the last one applies to "
                      "all further steps."});
    field("optional",
          value.optional,
          {.meaning = "Whether the recipe also works without it, with a distilled model."});
    field("published",
          value.published,
          {.meaning = "Where the file is published: repository and file name."});
}

struct RecipeSource {
    std::string repository;
    std::string commit;
    std::vector<std::string> files;
};

template <class Visitor>
void describe(RecipeSource& value, Visitor& field) {
    field("repository",
          value.repository,
          {.meaning = "Repository that the settings were read in.", .required = true});
    field("commit", value.commit, {.meaning = "Commit of the repository.", .required = true});
    field("files", value.files, {.meaning = "Files of the repository.", .required = true});
}

struct Recipe {
    std::int32_t version = recipe_version;
    std::string meaning;
    std::vector<std::string> families;
    SamplingSettings sampling;
    std::vector<RecipeLora> loras;
    std::vector<std::string> checkpoints;
    RecipeSource source;
    std::string remark;

    // Not in the file.
    std::string name;  // the file's, without ".yaml"
    std::string path;
};

template <class Visitor>
void describe(Recipe& value, Visitor& field) {
    field("recipe",
          value.version,
          {.meaning = "Version of the file format.",
           .minimum = recipe_version,
           .maximum = recipe_version,
           .required = true});
    field("meaning", value.meaning, {.meaning = "What it is, in one sentence.", .required = true});
    field("families",
          value.families,
          {.meaning = "Families of models that it is for, as their cards have it.",
           .required = true});
    field("sampling",
          value.sampling,
          {.meaning = "Sampling settings, in place of the presets of the model card.",
           .required = true});
    field("loras", value.loras, {.meaning = "LoRAs that it needs."});
    field("checkpoints",
          value.checkpoints,
          {.meaning = "Distilled models that it is for, as published; empty: the base model."});
    field("source",
          value.source,
          {.meaning = "Where the settings were published.", .required = true});
    field("remark", value.remark, {.meaning = "What else there is to know."});
}

}  // namespace nightreel

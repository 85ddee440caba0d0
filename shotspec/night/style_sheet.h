#pragma once
// A look that shots of a show have in common: words, negative words and LoRAs under a name. As it
// is written; described once here. Plain values, any thread.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/prose.h"
#include "shotspec/night/lora_settings.h"

namespace nightreel {

inline constexpr std::string_view no_style = "none";

struct StyleSheet {
    std::string prompt;
    std::optional<std::string> negative;
    std::vector<LoraAsked> loras;
};

template <class Visitor>
void describe(StyleSheet& value, Visitor& field) {
    field("prompt",
          value.prompt,
          {.meaning = "Text that is added to the prompts of its shots, after a comma.",
           .required = true,
           .example = "\"ink drawing on rough paper\""});
    field("negative",
          value.negative,
          {.meaning = "Text that is added to the negative prompt of its shots, after a comma.",
           .example = "\"photograph\""});
    field("loras",
          value.loras,
          {.meaning = "LoRAs to apply to its shots.",
           .example = "[{ file: loras/ink.safetensors, strength: 0.8 }]"});
}

template <>
struct Prose<StyleSheet> {
    static constexpr auto words = std::to_array<std::string_view>({"prompt", "negative"});
};

}  // namespace nightreel

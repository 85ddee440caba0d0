#include "pipeline/checkpoint/convert/card_draft.h"

#include <type_traits>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_dimensions.h"

namespace nightreel {
namespace {

constexpr const char* unknown = "unknown";

// JSON's quoted text is YAML's too.
std::string in_quotes(std::string_view text) {
    return nlohmann::json(text).dump();
}

// All frames at once; asynchronous steps are for shots that ask for them.
std::string forcing(const CardFacts& facts) {
    if (!facts.family.history_noise) return {};
    return fmt::format(", forcing: {{ block: {}, lag: 0, history_noise: {} }}",
                       facts.frames_per_block,
                       *facts.family.history_noise);
}

std::string sampling(const CardFacts& facts, int steps) {
    const FamilyDefaults& family = facts.family;
    const std::string low =
        family.guidance_low > 0 ? fmt::format(", guidance_low: {:.1f}", family.guidance_low) : "";
    return fmt::format(
        "{{ solver: unipc, schedule: wan, steps: {}, guidance: {:.1f}, shift: {:.1f}{}{} }}",
        steps,
        family.guidance,
        family.shift,
        low,
        forcing(facts));
}

// One line for each network: its fields by their described names.
class DimensionLines {
  public:
    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo&) {
        if constexpr (std::is_integral_v<T>) {
            row_ += fmt::format("{}{}: {}", row_.empty() ? "" : ", ", name, value);
        } else {
            DimensionLines inner;
            describe(value, inner);
            text_ += fmt::format("    {}: {{ {} }}\n", name, inner.row_);
        }
    }

    // What stands beside the networks comes last.
    std::string text() const { return text_ + "    " + row_ + "\n"; }

  private:
    std::string text_;
    std::string row_;
};

std::string dimensions_text(ModelDimensions dimensions) {
    DimensionLines lines;
    describe(dimensions, lines);
    return lines.text();
}

// For shots that ask for one; what it costs with these weights is not measured yet.
std::string step_cache(const StepCacheDefaults* defaults) {
    if (defaults == nullptr) return {};
    const std::string remark =
        defaults->remark.empty() ? "" : fmt::format("# {}\n", defaults->remark);
    return fmt::format("{}step_cache:\n  coefficients: [{}]\n  first_steps: 5\n\n",
                       remark,
                       defaults->coefficients);
}

}  // namespace

std::string card_draft(const CardFacts& facts) {
    const FamilyDefaults& family = facts.family;
    std::string text =
        "# Written by `nightreel models import` from the files of the model and the settings of "
        "its authors. Please review.\n";
    text += fmt::format("name: {}\nfamily: {}\n", in_quotes(facts.name), family.name);
    text += fmt::format("licence: {}\ntraining_data: {}\n\n",
                        in_quotes(facts.licence.empty() ? unknown : facts.licence),
                        in_quotes(facts.training_data.empty() ? unknown : facts.training_data));
    text +=
        fmt::format("sizes: [{}]\nother_sizes: true\nsize_multiple: {}\nsize_max: {}\nrate: {}\n",
                    family.sizes,
                    family.size_multiple,
                    family.size_max,
                    family.rate);
    text += fmt::format("references_max: {}\nhistory: {}\n", family.references_max, family.history);
    text += fmt::format("first_picture: {}\nlast_picture: {}\nnegative_prompt: {}\n\n",
                        family.first_picture,
                        family.last_picture,
                        in_quotes(negative_prompt_of(family)));
    text += fmt::format(
        "window:\n  latent_frames_min: 1\n  latent_frames_max: {0}\n  latent_frames: {0}\n"
        "  overlap: {1}\n\n",
        family.latent_frames,
        family.overlap);
    text += fmt::format(
        "latents:\n  channels: {}\n  frames_per_latent: {}\n  pixels_per_latent: {}\n  patch: "
        "2\n\n",
        facts.latents.channels,
        facts.latents.frames_per_latent,
        facts.latents.pixels_per_latent);
    text += fmt::format("# Settings of the authors: {}. `draft` takes half their steps.\n",
                        family.source);
    if (!family.remark.empty()) text += fmt::format("# {}\n", family.remark);
    text += fmt::format("draft: {}\nfinal: {}\n\n",
                        sampling(facts, family.steps / 2),
                        sampling(facts, family.steps));
    if (!family.shift_by_size.empty()) {
        text += fmt::format("shift_by_size: [{}]\n\n", family.shift_by_size);
    }
    text += step_cache(facts.step_cache);
    text += fmt::format("cost:\n  dimensions:\n{}\nfiles:\n", dimensions_text(facts.dimensions));
    for (const auto& [path, digest] : facts.files) {
        text += fmt::format("  - path: {}\n    digest: {}\n", in_quotes(path), digest.hex());
    }
    return text;
}

}  // namespace nightreel

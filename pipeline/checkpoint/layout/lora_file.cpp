#include "pipeline/checkpoint/layout/lora_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/format/stored_scalar.h"
#include "pipeline/checkpoint/layout/lora_origin.h"
#include "pipeline/checkpoint/layout/original_names.h"
#include "shotspec/base/error.h"
#include "shotspec/night/lora_digest.h"

namespace nightreel {
namespace {

enum class Role { down, up, up_bias, alpha, matrix, bias, modulation };

struct Ending {
    std::string_view text;
    Role role;
};

constexpr auto endings = std::to_array<Ending>({{".lora_A.weight", Role::down},
                                                {".lora_down.weight", Role::down},
                                                {".lora.down.weight", Role::down},
                                                {".lora_B.weight", Role::up},
                                                {".lora_up.weight", Role::up},
                                                {".lora.up.weight", Role::up},
                                                {".lora_B.bias", Role::up_bias},
                                                {".lora_A", Role::down},  // FastVideo
                                                {".lora_B", Role::up},
                                                {".alpha", Role::alpha},
                                                {".diff", Role::matrix},
                                                {".diff_b", Role::bias},
                                                {".diff_m", Role::modulation}});

// PEFT can put an adapter's name into the key ("default" where it was given none): what stands
// before and after the name.
struct NamedEnding {
    std::string_view before;
    std::string_view after;
    Role role;
};

constexpr auto named_endings = std::to_array<NamedEnding>({{".lora_A.", ".weight", Role::down},
                                                           {".lora_B.", ".weight", Role::up},
                                                           {".lora_B.", ".bias", Role::up_bias}});

constexpr std::string_view peft_prefix = "base_model.model.";

// Each may stand behind another: "module." is DistributedDataParallel's, "_orig_mod." of
// torch.compile, "pipe.dit." DiffSynth-Studio's.
constexpr auto dotted_prefixes = std::to_array<std::string_view>({peft_prefix,
                                                                  "module.",
                                                                  "_orig_mod.",
                                                                  "pipe.dit.",
                                                                  "model.diffusion_model.",
                                                                  "diffusion_model.",
                                                                  "transformer.",
                                                                  "unet."});

constexpr auto underscored_prefixes =
    std::to_array<std::string_view>({"lora_unet_", "lora_transformer_"});

// Adapters that look alike and compute something else.
struct Foreign {
    std::string_view mark;
    std::string_view name;
};

constexpr auto foreign_marks =
    std::to_array<Foreign>({{".dora_scale", "DoRA"},
                            {".lora_magnitude_vector", "DoRA"},
                            {".lokr_", "LoKr"},
                            {".hada_", "LoHa"},
                            {".oft_", "OFT"},
                            {".lora_mid", "LoCon with a middle matrix"}});

// "bundle_emb." is OneTrainer's: embeddings of new words, saved beside the LoRA.
constexpr auto text_encoder_prefixes = std::to_array<std::string_view>({"text_encoder.",
                                                                        "text_encoder_2.",
                                                                        "text_encoders.",
                                                                        "lora_te_",
                                                                        "lora_te1_",
                                                                        "lora_te2_",
                                                                        "lora_te3_",
                                                                        "bundle_emb."});

// What trainers and converters of 8-bit models leave behind, which says nothing about the LoRA.
constexpr auto leftover_endings =
    std::to_array<std::string_view>({".scale_input", ".input_scale", "scaled_fp8"});
constexpr std::string_view leftover_label = "model_type.";

bool is_leftover(std::string_view key) {
    const auto ends = [&](std::string_view ending) { return key.ends_with(ending); };
    return key.starts_with(leftover_label) || std::ranges::any_of(leftover_endings, ends);
}

bool is_of_text_encoder(std::string_view key) {
    const auto starts = [&](std::string_view prefix) { return key.starts_with(prefix); };
    return std::ranges::any_of(text_encoder_prefixes, starts);
}

// What a key is of.
struct Meaning {
    std::string stored_layer;  // in the file's own words, without its prefix
    std::string layer;         // in diffusers'
    Role role;
    std::string adapter = {};  // the name that the key gives it; empty: none
};

// What a key says beside its layer, and the layer as it is stored, prefixes included.
struct SplitKey {
    std::string_view layer;
    std::string_view adapter;
    Role role;
};

std::optional<SplitKey> split(std::string_view key) {
    for (const Ending& ending : endings) {
        if (!key.ends_with(ending.text)) continue;
        return SplitKey{key.substr(0, key.size() - ending.text.size()), {}, ending.role};
    }
    for (const NamedEnding& ending : named_endings) {
        const std::size_t before = key.rfind(ending.before);
        if (before == std::string_view::npos || !key.ends_with(ending.after)) continue;
        const std::size_t name = before + ending.before.size();
        if (name + ending.after.size() >= key.size()) continue;
        const auto adapter = key.substr(name, key.size() - ending.after.size() - name);
        if (adapter.find('.') != std::string_view::npos) continue;
        return SplitKey{key.substr(0, before), adapter, ending.role};
    }
    return {};
}

std::string_view without_prefix(std::string_view name, std::span<const std::string_view> prefixes) {
    for (const std::string_view prefix : prefixes) {
        if (name.starts_with(prefix)) return name.substr(prefix.size());
    }
    return name;
}

std::string_view without_wrappers(std::string_view name) {
    for (;;) {
        const std::string_view inside = without_prefix(name, dotted_prefixes);
        if (inside.size() == name.size()) return name;
        name = inside;
    }
}

std::optional<Meaning> meaning_of(std::string_view key) {
    const auto found = split(key);
    if (!found) return {};
    const std::string_view stored = without_wrappers(found->layer);
    const std::string_view underscored = without_prefix(stored, underscored_prefixes);
    if (underscored.size() != stored.size()) {
        // Some converters rename half of the dots.
        std::string without_dots(underscored);
        std::ranges::replace(without_dots, '.', '_');
        const auto layer = transformer_name_of_underscored(without_dots);
        if (!layer) return {};
        return Meaning{std::string(underscored), *layer, found->role, std::string(found->adapter)};
    }
    std::string layer(stored);
    // lightx2v names the difference of "blocks.0.modulation" after the block.
    if (found->role == Role::modulation) layer += ".modulation";
    // Of a text encoder, or of a naming that is not known.
    if (layer.empty() || layer.starts_with("lora_")) return {};
    return Meaning{layer, transformer_name(layer), found->role, std::string(found->adapter)};
}

// PEFT's settings, which diffusers keeps in the header.
struct AdapterSettings {
    std::optional<double> alpha;
    std::map<std::string, double> alpha_of;  // layers that have another
    bool divides_by_root = false;            // rsLoRA: alpha / sqrt(rank)

    double scale_of(const std::string& layer, std::int64_t rank) const {
        std::optional<double> found = alpha;
        for (const auto& [pattern, other] : alpha_of) {
            if (layer == pattern || layer.ends_with("." + pattern)) found = other;
        }
        if (!found) return 1;
        const auto size = static_cast<double>(rank);
        return *found / (divides_by_root ? std::sqrt(size) : size);
    }
};

// `before` is what stands before each name: diffusers says of which part of a model it is.
AdapterSettings settings_in(JsonConfig& config, const std::string& before) {
    AdapterSettings settings;
    const auto is_on = [&](const std::string& name) {
        return config.has(before + name) && config.boolean(before + name);
    };
    if (is_on("use_dora")) {
        config.refuse(before + "use_dora",
                      "DoRA is not supported; merge the adapter into the model, or extract a LoRA");
    }
    if (config.has(before + "lora_alpha")) settings.alpha = config.number(before + "lora_alpha");
    settings.divides_by_root = is_on("use_rslora");
    const std::string patterns_key = before + "alpha_pattern";
    if (!config.has(patterns_key)) return settings;
    const nlohmann::json& patterns = config.object().at(patterns_key);
    if (!patterns.is_object()) config.refuse(patterns_key, "expected an object");
    for (const auto& [pattern, alpha] : patterns.items()) {
        constexpr std::string_view signs_of_expressions = "*+?[](){}|\\$^";
        if (pattern.find_first_of(signs_of_expressions) != std::string::npos ||
            !alpha.is_number()) {
            config.refuse(patterns_key, pattern + ": expected a number for the name of a layer");
        }
        settings.alpha_of[pattern] = alpha.get<double>();
    }
    return settings;
}

AdapterSettings settings_of(const TextMetadata& metadata, const std::string& label) {
    const auto found = metadata.find("lora_adapter_metadata");
    if (found == metadata.end()) return {};
    const std::string place = label + ": lora_adapter_metadata";
    JsonConfig config(parse_json_document(found->second, place), place);
    return settings_in(config, "transformer.");
}

AdapterSettings settings_of_peft(const std::string& text, const std::string& label) {
    const std::string place = label + ": " + std::string(adapter_config_file);
    JsonConfig config(parse_json_document(text, place), place);
    if (config.has("peft_type") && config.text("peft_type") != "LORA") {
        config.refuse(
            "peft_type",
            "only LORA is supported; merge the adapter into the model, or extract a LoRA");
    }
    if (!config.has("lora_alpha")) config.refuse("lora_alpha", "is missing");
    return settings_in(config, "");
}

std::string shape_text(const StoredTensor& tensor) {
    return fmt::format("[{}]", fmt::join(tensor.shape, ", "));
}

class LoraReader {
  public:
    LoraReader(std::span<const std::byte> file,
               const StoredTensors& tensors,
               const TextMetadata& metadata,
               const std::optional<std::string>& adapter_config,
               std::string label)
        : file_(file),
          tensors_(tensors),
          metadata_(metadata),
          settings_(adapter_config ? settings_of_peft(*adapter_config, label)
                                   : settings_of(metadata, label)),
          has_adapter_config_(adapter_config.has_value()),
          label_(std::move(label)) {}

    LoraLayers read() {
        refuse_foreign();
        refuse_text_encoder_alone();
        for (const auto& [key, tensor] : tensors_) {
            if (is_leftover(key) || is_of_text_encoder(key)) continue;
            const auto meaning = meaning_of(key);
            if (meaning) {
                add(key, *meaning);
            } else {
                unknown_.push_back(key);
            }
        }
        refuse_unknown();
        if (layers_.empty()) refuse("is not a LoRA: the file contains no tensors");
        for (auto& [name, layer] : layers_) finish(name, layer);
        return std::move(layers_);
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", label_, what));
    }

    void refuse_foreign() const {
        for (const auto& [key, tensor] : tensors_) {
            for (const Foreign& foreign : foreign_marks) {
                if (key.find(foreign.mark) == std::string::npos) continue;
                refuse(
                    fmt::format("{}: {} is not supported; merge the adapter into the model, or "
                                "extract a LoRA",
                                key,
                                foreign.name));
            }
            if (key.starts_with(peft_prefix) && !has_adapter_config_) {
                refuse(
                    fmt::format("{}: saved by PEFT, with alpha in a separate {}; use the file as "
                                "PEFT names it, {}, with {} beside it",
                                key,
                                adapter_config_file,
                                adapter_weights_file,
                                adapter_config_file));
            }
        }
    }

    // Beside keys of the transformer they are left out, which callers tell.
    void refuse_text_encoder_alone() const {
        const std::vector<std::string> keys = text_encoder_keys(tensors_);
        if (keys.empty() || keys.size() < tensors_.size()) return;
        refuse(
            fmt::format("all of its {} keys belong to a text encoder: {}; LoRAs of text encoders "
                        "are not supported",
                        keys.size(),
                        listed_keys(keys)));
    }

    void refuse_unknown() const {
        if (unknown_.empty()) return;
        // A name that only the ending tells to be a LoRA's is that of another family's layer.
        const bool is_foreign = std::ranges::all_of(
            unknown_, [](const std::string& key) { return split(key).has_value(); });
        const bool is_model = std::ranges::any_of(unknown_, [](std::string_view key) {
            return without_wrappers(key) == "patch_embedding.weight";
        });
        if (is_model) refuse("holds the weights of a whole model, not a LoRA");
        const bool is_all = unknown_.size() == tensors_.size();
        const std::string remedy = is_foreign
                                       ? lora_origin(unknown_, metadata_)
                                       : fmt::format("{}convert the file to diffusers' names",
                                                     is_all ? "" : "remove them, or ");
        refuse(fmt::format("{} of its {} keys belong to no {}: {}; {}",
                           unknown_.size(),
                           tensors_.size(),
                           is_foreign ? "layer of a Wan transformer" : "known LoRA format",
                           listed_keys(unknown_),
                           remedy));
    }

    // Two adapters in one file would both act, whichever was meant.
    void note_adapter(const std::string& key, const std::string& adapter) {
        if (adapter_.empty()) adapter_ = adapter;
        if (adapter_ == adapter || adapter.empty()) return;
        refuse(
            fmt::format("{}: holds the adapters {} and {}; save one of them in a file of its own",
                        key,
                        adapter_,
                        adapter));
    }

    void add(const std::string& key, const Meaning& meaning) {
        note_adapter(key, meaning.adapter);
        LoraLayer& layer = layers_[meaning.layer];
        layer.keys.push_back(key);
        stored_layers_[meaning.layer] = meaning.stored_layer;
        std::string& place = place_of(meaning, layer);
        if (!place.empty())
            refuse(fmt::format("{} and {} are the same weight: remove one of them", place, key));
        place = key;
    }

    std::string& place_of(const Meaning& meaning, LoraLayer& layer) {
        switch (meaning.role) {
            case Role::down:
                return layer.down;
            case Role::up:
                return layer.up;
            case Role::up_bias:
                return layer.up_bias;
            case Role::alpha:
                return alphas_[meaning.layer];
            case Role::bias:
                return layer.bias;
            case Role::matrix:
            case Role::modulation:
                return layer.matrix;
        }
        return layer.matrix;
    }

    void finish(const std::string& name, LoraLayer& layer) const {
        for (const std::string* key :
             {&layer.down, &layer.up, &layer.up_bias, &layer.matrix, &layer.bias}) {
            if (!key->empty()) check_weights(*key);
        }
        const auto alpha = alphas_.find(name);
        if (layer.down.empty() && layer.up.empty()) {
            if (alpha != alphas_.end())
                refuse(alpha->second + ": the matrices that it scales are missing");
            if (!layer.up_bias.empty()) refuse(layer.up_bias + ": its matrices are missing");
            return;
        }
        if (layer.up.empty()) refuse(layer.down + ": the up matrix (lora_B, lora_up) is missing");
        if (layer.down.empty())
            refuse(layer.up + ": the down matrix (lora_A, lora_down) is missing");
        const std::int64_t rank = rank_of(layer);
        layer.scale = alpha == alphas_.end() ? settings_.scale_of(stored_layers_.at(name), rank)
                                             : alpha_in(alpha->second) / static_cast<double>(rank);
        // The largest that a product in float32 can be made of without becoming an infinity.
        if (!(std::abs(layer.scale) <= std::numeric_limits<float>::max())) {
            refuse(fmt::format(
                "{}: alpha / rank is {}: expected a finite number", layer.down, layer.scale));
        }
    }

    void check_weights(const std::string& key) const {
        const StoredTensor& tensor = tensors_.at(key);
        const bool is_float = tensor.type == ElementType::float32 ||
                              tensor.type == ElementType::float16 ||
                              tensor.type == ElementType::bfloat16;
        if (facts_of(tensor.type).name.starts_with("F8")) {
            refuse(
                fmt::format("{}: type {}: a LoRA in 8 bits is not supported; take the file in "
                            "bf16 or fp16",
                            key,
                            facts_of(tensor.type).name));
        }
        if (!is_float) {
            refuse(fmt::format(
                "{}: type {}: expected F32, F16 or BF16", key, facts_of(tensor.type).name));
        }
        if (tensor.bytes == 0) refuse(fmt::format("{}: {} is empty", key, shape_text(tensor)));
    }

    std::int64_t rank_of(const LoraLayer& layer) const {
        const StoredTensor& down = tensors_.at(layer.down);
        const StoredTensor& up = tensors_.at(layer.up);
        const bool fits = down.shape.size() >= 2 && up.shape.size() >= 2 &&
                          down.shape[0] == up.shape[1] &&
                          up.elements() == up.shape[0] * up.shape[1];
        if (fits) return down.shape[0];
        refuse(fmt::format("{}: {} does not fit {}: {}; expected [rank, in] and [out, rank]",
                           layer.down,
                           shape_text(down),
                           layer.up,
                           shape_text(up)));
    }

    double alpha_in(const std::string& key) const {
        const StoredTensor& tensor = tensors_.at(key);
        if (tensor.elements() != 1) {
            refuse(fmt::format("{}: shape {}: expected one number", key, shape_text(tensor)));
        }
        return stored_scalar(file_.subspan(tensor.begin, tensor.bytes), tensor.type);
    }

    std::span<const std::byte> file_;
    const StoredTensors& tensors_;
    const TextMetadata& metadata_;
    AdapterSettings settings_;
    bool has_adapter_config_ = false;
    std::string label_;
    LoraLayers layers_;
    std::string adapter_;  // the name that the keys give it; empty: none
    std::map<std::string, std::string, std::less<>> alphas_;         // keys, by layer
    std::map<std::string, std::string, std::less<>> stored_layers_;  // names in the file, by layer
    std::vector<std::string> unknown_;
};

}  // namespace

LoraLayers read_lora_layers(std::span<const std::byte> file,
                            const StoredTensors& tensors,
                            const TextMetadata& metadata,
                            const std::string& label,
                            const std::optional<std::string>& adapter_config) {
    return LoraReader(file, tensors, metadata, adapter_config, label).read();
}

LoraFile::LoraFile(const std::filesystem::path& file)
    : stored_(file),
      layers_(read_lora_layers(stored_.mapping()->bytes(),
                               stored_.tensors(),
                               stored_.metadata(),
                               file.string(),
                               adapter_config_beside(file))),
      text_encoder_keys_(nightreel::text_encoder_keys(stored_.tensors())) {}

std::vector<std::string> text_encoder_keys(const StoredTensors& tensors) {
    std::vector<std::string> keys;
    for (const auto& item : tensors) {
        if (is_of_text_encoder(item.first)) keys.push_back(item.first);
    }
    return keys;
}

std::string listed_keys(const std::vector<std::string>& keys) {
    const std::size_t shown = std::min(keys.size(), keys_listed_max);
    const std::span<const std::string> first(keys.data(), shown);
    const std::size_t rest = keys.size() - shown;
    return fmt::format(
        "{}{}", fmt::join(first, ", "), rest == 0 ? "" : fmt::format(" and {} more", rest));
}

}  // namespace nightreel

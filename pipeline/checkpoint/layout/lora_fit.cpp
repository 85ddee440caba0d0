#include "pipeline/checkpoint/layout/lora_fit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/stored_scalar.h"
#include "pipeline/checkpoint/layout/lora_origin.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::string_view weight_ending = ".weight";

// Rows that are looked up, not multiplied with.
constexpr std::string_view table = "fps_embedding.weight";

constexpr std::string_view block_prefix = "blocks.";

std::int64_t product(std::span<const std::int64_t> sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

// A matrix, or the kernel of a convolution whose patches do not overlap: a matrix too.
bool is_linear(std::string_view name, const std::vector<std::int64_t>& shape) {
    constexpr std::size_t matrix = 2;
    constexpr std::size_t patch_kernel = 5;
    return name.ends_with(weight_ending) && name != table &&
           (shape.size() == matrix || shape.size() == patch_kernel);
}

// N of "blocks.N.attn1..."; nothing for what lies outside of the blocks.
std::optional<std::int64_t> block_of(std::string_view layer) {
    if (!layer.starts_with(block_prefix)) return {};
    layer.remove_prefix(block_prefix.size());
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(layer.data(), layer.data() + layer.size(), number);
    const bool is_number =
        fault == std::errc() && end != layer.data() + layer.size() && *end == '.';
    return is_number ? std::optional(number) : std::nullopt;
}

// By diffusers' names, as all layers are read: what attends to the tokens of the first picture, and
// what makes them.
bool is_of_image_branch(std::string_view layer) {
    constexpr std::string_view projector = "condition_embedder.image_embedder.";
    if (layer.starts_with(projector)) return true;
    if (!block_of(layer)) return false;
    constexpr auto parts = std::to_array<std::string_view>(
        {".attn2.add_k_proj", ".attn2.add_v_proj", ".attn2.norm_added_k"});
    const auto is_inside = [&](std::string_view part) {
        return layer.find(part) != std::string_view::npos;
    };
    return std::ranges::any_of(parts, is_inside);
}

class LoraFit {
  public:
    LoraFit(const LoraFile& lora, const LoraPlaces& places, const std::string& network)
        : lora_(lora), places_(places), network_(network) {}

    // Returns the keys that are left out.
    std::vector<std::string> require() const {
        const bool has_image_branch = std::ranges::any_of(
            places_, [](const auto& place) { return is_of_image_branch(place.first); });
        std::vector<std::string> left_out;
        std::vector<std::string> unknown_layers;
        std::vector<std::string> unknown_keys;
        std::size_t keys = 0;
        for (const auto& [name, layer] : lora_.layers()) {
            keys += layer.keys.size();
            const LoraTargets targets = lora_targets(name, places_);
            const bool is_low_rank = !layer.down.empty();
            if (targets.any() && (!is_low_rank || !targets.linear.empty())) {
                check_shapes(layer, targets);
                continue;
            }
            if (!has_image_branch && is_of_image_branch(name)) {
                left_out.insert(left_out.end(), layer.keys.begin(), layer.keys.end());
                continue;
            }
            unknown_layers.push_back(name);
            unknown_keys.insert(unknown_keys.end(), layer.keys.begin(), layer.keys.end());
        }
        if (left_out.size() == keys) {
            refuse(
                fmt::format("all of its {} keys belong to the image branch of an image-to-video "
                            "model, which {} does not have: {}; {}",
                            keys,
                            network_,
                            listed_keys(left_out),
                            lora_origin(left_out, lora_.stored().metadata())));
        }
        if (!unknown_keys.empty()) {
            refuse(fmt::format("{} of its {} keys belong to no layer of {}: {}; {}",
                               unknown_keys.size(),
                               keys,
                               network_,
                               listed_keys(unknown_keys),
                               origin_of(unknown_layers, unknown_keys)));
        }
        for (const auto& [name, layer] : lora_.layers()) check_finite(layer);
        return left_out;
    }

  private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", lora_.label(), what));
    }

    // A deeper model of the same family has the same names and more of them.
    std::string origin_of(std::span<const std::string> layers,
                          std::span<const std::string> keys) const {
        std::int64_t blocks = 0;
        for (const auto& [name, place] : places_) {
            blocks = std::max(blocks, block_of(name).value_or(-1) + 1);
        }
        const bool is_deeper = std::ranges::all_of(layers, [&](const std::string& layer) {
            return block_of(layer).value_or(-1) >= blocks;
        });
        if (!is_deeper) return lora_origin(keys, lora_.stored().metadata());
        return fmt::format("it was made for a model with more blocks than {}", blocks);
    }

    void check_shapes(const LoraLayer& layer, const LoraTargets& targets) const {
        if (!targets.linear.empty()) {
            const std::vector<std::int64_t>& shape = places_.find(targets.linear)->second.shape;
            check_matrix(layer.down, targets.linear, {}, shape[1]);
            check_matrix(layer.up, targets.linear, shape[0], {});
            check_matrix(layer.matrix, targets.linear, shape[0], shape[1]);
            check_bias(layer.bias, targets.linear, shape[0]);
            check_bias(layer.up_bias, targets.linear, shape[0]);
            return;
        }
        check_parameter(layer.matrix, targets.weight);
        check_parameter(layer.bias, targets.bias);
    }

    // So many rows of so many elements, however the rest is divided into dimensions; nothing stands
    // for the rank.
    void check_matrix(const std::string& key,
                      const std::string& layer,
                      std::optional<std::int64_t> rows,
                      std::optional<std::int64_t> columns) const {
        if (key.empty()) return;
        const StoredTensor& tensor = lora_.stored().at(key);
        const std::int64_t found_rows = tensor.shape.empty() ? 1 : tensor.shape.front();
        const std::int64_t found_columns = tensor.elements() / found_rows;
        if (found_rows == rows.value_or(found_rows) &&
            found_columns == columns.value_or(found_columns)) {
            return;
        }
        const auto text = [](std::optional<std::int64_t> size) {
            return size ? fmt::to_string(*size) : std::string("rank");
        };
        refuse_shape(key, layer, fmt::format("[{}, {}]", text(rows), text(columns)));
    }

    void check_bias(const std::string& key, const std::string& layer, std::int64_t rows) const {
        if (key.empty() || lora_.stored().at(key).elements() == rows) return;
        refuse_shape(key, layer, fmt::format("[{}]", rows));
    }

    void check_parameter(const std::string& key, const std::string& parameter) const {
        if (key.empty()) return;
        if (parameter.empty()) refuse(fmt::format("{}: {} has no such parameter", key, network_));
        const std::vector<std::int64_t>& shape = places_.find(parameter)->second.shape;
        if (lora_.stored().at(key).elements() == product(shape)) return;
        refuse_shape(key, parameter, fmt::format("[{}]", fmt::join(shape, ", ")));
    }

    [[noreturn]] void refuse_shape(const std::string& key,
                                   const std::string& place,
                                   const std::string& wanted) const {
        // Its columns are the channels of the latents and of what is joined to them.
        const bool is_of_channels = place.find("patch_embedding") != std::string::npos;
        refuse(fmt::format(
            "{}: has the shape [{}], but {} of {} requires {}; it was made for a model {}",
            key,
            fmt::join(lora_.stored().at(key).shape, ", "),
            place,
            network_,
            wanted,
            is_of_channels ? "of another width or with other input channels" : "of another width"));
    }

    void check_finite(const LoraLayer& layer) const {
        for (const std::string* key :
             {&layer.down, &layer.up, &layer.up_bias, &layer.matrix, &layer.bias}) {
            if (key->empty()) continue;
            const StoredTensor& tensor = lora_.stored().at(*key);
            if (all_finite(lora_.stored().bytes_of(tensor), tensor.type)) continue;
            refuse(*key + ": contains NaN or infinity");
        }
    }

    const LoraFile& lora_;
    const LoraPlaces& places_;
    const std::string& network_;
};

}  // namespace

LoraPlaces lora_places(const StoredPart& transformer) {
    LoraPlaces places;
    for (const auto& [name, stored] : transformer.places()) {
        const std::vector<std::int64_t>& shape = stored.tensor.shape;
        if (is_linear(name, shape)) {
            const std::string layer = name.substr(0, name.size() - weight_ending.size());
            const std::int64_t in = product(std::span(shape).subspan(1));
            places[layer] = {LoraPlace::Kind::linear, {shape.front(), in}};
        } else {
            places[name] = {LoraPlace::Kind::parameter, shape};
        }
    }
    // What is added to a linear layer's bias is the layer's, as is what is added to its weight.
    std::erase_if(places, [&](const auto& place) {
        constexpr std::string_view bias_ending = ".bias";
        const std::string& name = place.first;
        if (!name.ends_with(bias_ending)) return false;
        const auto layer = places.find(name.substr(0, name.size() - bias_ending.size()));
        return layer != places.end() && layer->second.kind == LoraPlace::Kind::linear;
    });
    return places;
}

LoraTargets lora_targets(const std::string& layer, const LoraPlaces& places) {
    const auto named = [&](std::string name, LoraPlace::Kind kind) {
        const auto found = places.find(name);
        return found != places.end() && found->second.kind == kind ? std::move(name)
                                                                   : std::string();
    };
    LoraTargets targets;
    targets.linear = named(layer, LoraPlace::Kind::linear);
    targets.weight = named(layer, LoraPlace::Kind::parameter);
    if (targets.weight.empty()) {
        targets.weight = named(layer + std::string(weight_ending), LoraPlace::Kind::parameter);
    }
    targets.bias = named(layer + ".bias", LoraPlace::Kind::parameter);
    return targets;
}

std::vector<std::string> require_lora_fits(const LoraFile& lora,
                                           const LoraPlaces& places,
                                           const std::string& network) {
    return LoraFit(lora, places, network).require();
}

}  // namespace nightreel

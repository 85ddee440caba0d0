#include "pipeline/checkpoint/layout/quantised_weights.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/coded_numbers.h"
#include "pipeline/checkpoint/format/json_document.h"

namespace nightreel {
namespace {

using WeightPlaces = std::map<std::string, StoredPart::Place, std::less<>>;

constexpr std::string_view file_to_take =
    "take the fp16, bf16, fp8 or GGUF (Q8_0, Q6_K, Q5_K, Q4_K) file of the model";

constexpr auto scale_endings = std::to_array<std::string_view>({".scale_weight", ".weight_scale"});

// Of what goes into a layer, for programs that multiply in eight bits.
constexpr auto hint_endings =
    std::to_array<std::string_view>({".scale_input", ".input_scale", ".comfy_quant"});

struct OtherFormat {
    std::string_view ending;
    std::string_view name;
};

constexpr auto other_formats =
    std::to_array<OtherFormat>({{".weight_scale_2", "NVFP4"},
                                {".weight_global_scale", "NVFP4"},
                                {".pre_quant_scale", "AWQ"},
                                {".weight_scale_inv", "float8 in blocks"},
                                {".weight._data", "quanto"},
                                {".weight._scale", "quanto"},
                                {".SCB", "bitsandbytes"},
                                {".quant_map", "bitsandbytes"},
                                {".qweight", "GPTQ or SVDQuant"}});

std::optional<std::string_view> before(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending)) return {};
    return name.substr(0, name.size() - ending.size());
}

void refuse_format(const StoredPart& part, std::string_view layer, std::string_view format) {
    part.refuse(fmt::format(
        "{}: quantised as {}, which is not read here; {}", layer, format, file_to_take));
}

// "int8_tensorwise" of {"format": "int8_tensorwise", "convrot": true}
void check_format(const StoredPart& part, std::string_view layer, const nlohmann::json& said) {
    const std::string format =
        said.is_object() && said.contains("format") && said["format"].is_string()
            ? said["format"].get<std::string>()
            : said.dump();
    if (format == "float8_e4m3fn" || format == "float8_e5m2") return;
    const bool is_rotated = said.is_object() && said.value("convrot", nlohmann::json()) == true;
    refuse_format(part, layer, is_rotated ? format + " (convrot)" : format);
}

void check_formats(const StoredPart& part, const WeightPlaces& places) {
    for (const TensorFile& file : part.files()) {
        const auto found = file.metadata().find("_quantization_metadata");
        if (found == file.metadata().end()) continue;
        const nlohmann::json said =
            parse_json_document(found->second, file.file().string() + ": _quantization_metadata");
        if (!said.is_object() || !said.contains("layers") || !said["layers"].is_object()) continue;
        for (const auto& [layer, format] : said["layers"].items()) {
            check_format(part, layer, format);
        }
    }
    // By the names that the file has, since that is what other programs show.
    for (const auto& [name, place] : places) {
        if (const auto layer = before(place.stored_name, ".comfy_quant")) {
            const auto bytes = part.file_of(place).bytes_of(place.tensor);
            const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            check_format(part, *layer, parse_json_document(text, part.label_of(name, place)));
        }
        for (const OtherFormat& other : other_formats) {
            if (const auto layer = before(place.stored_name, other.ending)) {
                refuse_format(part, *layer, other.name);
            }
        }
    }
    for (const auto& [name, place] : places) {
        const auto layer = before(place.stored_name, ".weight");
        if (layer && place.tensor.type == ElementType::int8) refuse_format(part, *layer, "int8");
        if (layer && place.tensor.type == ElementType::uint8) {
            refuse_format(part, *layer, "4-bit numbers");
        }
    }
}

bool is_float8_weight(const StoredPart::Place& place) {
    return place.tensor.type == ElementType::float8_e4m3 ||
           place.tensor.type == ElementType::float8_e5m2;
}

void attach(const StoredPart& part,
            const std::string& name,
            const StoredPart::Place& scale,
            StoredPart::Place& weight) {
    const std::string label = part.label_of(name, scale);
    const StoredTensor& tensor = scale.tensor;
    if (!can_decode(tensor.type) || is_coded(tensor.type)) {
        part.refuse(fmt::format("{}: a scale of the type {}", label, facts_of(tensor.type).name));
    }
    const std::vector<std::int64_t>& shape = weight.tensor.shape;
    const std::int64_t rows = shape.empty() ? 1 : shape.front();
    const std::int64_t count = tensor.elements();
    // One for all, in the shape [] or [1], or one a row, in the shape [rows] or [rows, 1].
    if (count != 1 && (count != rows || tensor.shape.front() != rows)) {
        part.refuse(fmt::format("{}: shape [{}]: expected one scale, or {} for the rows",
                                label,
                                fmt::join(tensor.shape, ", "),
                                rows));
    }
    if (weight.scale) part.refuse(fmt::format("{}: a second scale of the same weight", label));
    weight.scale = StoredPart::Scale{scale.file, tensor};
}

// Layers of the blocks are scaled all or not at all; a table of tokens has no scale in any file.
void refuse_unscaled(const StoredPart& part, const WeightPlaces& places) {
    for (const auto& [name, place] : places) {
        const bool is_layer = name.starts_with("blocks.") || name.starts_with("vace_blocks.") ||
                              name.starts_with("encoder.block.");
        if (!is_layer || place.scale || !is_float8_weight(place)) continue;
        part.refuse(
            fmt::format("{}: has no scale, but other layers of the file have; it would "
                        "be read as other numbers: download the file again",
                        part.label_of(name, place)));
    }
}

}  // namespace

void attach_scales(const StoredPart& part, WeightPlaces& places) {
    check_formats(part, places);
    std::vector<std::string> used;
    bool has_scales = std::ranges::any_of(part.left_out(), [](const std::string& name) {
        return name == "scaled_fp8" || name.ends_with(".scaled_fp8");
    });
    for (const auto& [name, place] : places) {
        for (const std::string_view ending : hint_endings) {
            if (name.ends_with(ending)) used.push_back(name);
        }
        for (const std::string_view ending : scale_endings) {
            const auto layer = before(name, ending);
            if (!layer) continue;
            const auto weight = places.find(fmt::format("{}.weight", *layer));
            if (weight == places.end() || !is_float8_weight(weight->second)) {
                part.refuse(fmt::format("{}: a scale without a weight in float8; {}",
                                        part.label_of(name, place),
                                        file_to_take));
            }
            attach(part, name, place, weight->second);
            used.push_back(name);
            has_scales = true;
        }
    }
    for (const std::string& name : used) places.erase(name);
    if (has_scales) refuse_unscaled(part, places);
}

}  // namespace nightreel

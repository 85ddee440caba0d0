#pragma once
// LoRAs as a night asks for them, as they stand in a resolved shot, and as one segment is sampled
// with them. Each described once here. Plain values, any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

inline constexpr std::size_t loras_max = 16;  // of a shot, those of its characters included
inline constexpr double lora_strength_max = 10;

struct LoraAsked {
    std::string file;
    double strength = 1;
    std::optional<double> high;
    std::optional<double> low;
    std::optional<std::vector<double>> by_segment;
    std::optional<std::vector<double>> by_step;
};

template <>
struct ShortForm<LoraAsked> : std::true_type {};

template <class Visitor>
void describe(LoraAsked& value, Visitor& field) {
    field("file",
          value.file,
          {.meaning = "LoRA file (safetensors), relative to this file.",
           .required = true,
           .example = "loras/ink.safetensors"});
    field("strength",
          value.strength,
          {.meaning = "Strength of the LoRA: 0 disables it, a negative value inverts it.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "1"});
    field("high",
          value.high,
          {.meaning = "Strength in the high-noise expert, for models with two experts.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "strength"});
    field("low",
          value.low,
          {.meaning = "Strength in the low-noise expert, for models with two experts.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "strength"});
    field("by_segment",
          value.by_segment,
          {.meaning = "Factors for the strength, one per segment of a take; the last one applies "
                      "to all further segments.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .example = "[1, 0.8, 0.5]",
           .fallback = "1 for every segment"});
    field("by_step",
          value.by_step,
          {.meaning = "Factors for the strength, one per denoising step of a segment; the last one "
                      "applies to all further steps.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .example = "[0, 1]",
           .fallback = "1 for every step"});
}

// A file named by its bytes, with the strength in each expert; a model that has one uses `high`.
struct SegmentLora {
    std::string path;  // absolute, as the submitter saw it
    Digest digest;
    double high = 1;
    double low = 1;
    // A factor for each step of sampling, the last for all further ones; absent: 1 for all.
    std::optional<std::vector<double>> by_step = {};

    bool is_silent() const { return high == 0 && low == 0; }

    friend bool operator==(const SegmentLora&, const SegmentLora&) = default;
};

template <class Visitor>
void describe(SegmentLora& value, Visitor& field) {
    field("path", value.path, {.meaning = "Path of the file.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of the file."});
    field(
        "high", value.high, {.meaning = "Strength in the high-noise expert, or in the only one."});
    field("low", value.low, {.meaning = "Strength in the low-noise expert."});
    field("by_step",
          value.by_step,
          {.meaning = "Factor per step; the last one applies to all further steps."});
}

struct ResolvedLora {
    SegmentLora lora;
    std::vector<double> by_segment;  // empty: 1 for all
    // The entry of the night, "shots[2].loras[0]", for complaints. Not described: moving an entry
    // changes neither work nor record.
    std::string written_at = {};
    // Only of files with keys that the model does without (pipeline/preflight).
    std::optional<std::int64_t> left_out_keys = {};
};

template <class Visitor>
void describe(ResolvedLora& value, Visitor& field) {
    describe(value.lora, field);
    field("by_segment",
          value.by_segment,
          {.meaning = "Factor per segment; the last one applies to all further segments."});
    // Follows from file and model.
    field("left_out_keys",
          value.left_out_keys,
          {.meaning = "Keys of the file that the model does without: those of the image branch of "
                      "an image-to-video model.",
           .in_digest = false});
}

}  // namespace nightreel

#pragma once
// LoRAs as a night asks for them, as they stand in a resolved shot, and as one segment is sampled
// with them. Each described once here. Plain values, any thread.

#include <cstddef>
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
};

template <>
struct ShortForm<LoraAsked> : std::true_type {};

template <class Visitor>
void describe(LoraAsked& value, Visitor& field) {
    field("file",
          value.file,
          {.meaning = "File (safetensors), relative to this file.",
           .required = true,
           .example = "loras/ink.safetensors"});
    field("strength",
          value.strength,
          {.meaning = "How strongly it acts: 0 not at all, below 0 the other way round.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "1"});
    field("high",
          value.high,
          {.meaning = "The same for the expert of high noise, where the model has two.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "strength"});
    field("low",
          value.low,
          {.meaning = "The same for the expert of low noise, where the model has two.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .fallback = "strength"});
    field("by_segment",
          value.by_segment,
          {.meaning = "Factor of the strength for each segment of a take in turn; the last holds "
                      "for all that follow.",
           .minimum = -lora_strength_max,
           .maximum = lora_strength_max,
           .example = "[1, 0.8, 0.5]",
           .fallback = "1 for all"});
}

// A file named by its bytes, with the strength in each expert; a model that has one uses `high`.
struct SegmentLora {
    std::string path;  // absolute, as the submitter saw it
    Digest digest;
    double high = 1;
    double low = 1;

    bool is_silent() const { return high == 0 && low == 0; }

    friend bool operator==(const SegmentLora&, const SegmentLora&) = default;
};

template <class Visitor>
void describe(SegmentLora& value, Visitor& field) {
    field("path", value.path, {.meaning = "Where it lies.", .in_digest = false});
    field("digest", value.digest, {.meaning = "SHA-256 of its bytes."});
    field("high", value.high, {.meaning = "Strength in the (first) expert."});
    field("low", value.low, {.meaning = "Strength in the expert of low noise."});
}

struct ResolvedLora {
    SegmentLora lora;
    std::vector<double> by_segment;  // empty: 1 for all
};

template <class Visitor>
void describe(ResolvedLora& value, Visitor& field) {
    describe(value.lora, field);
    field("by_segment", value.by_segment, {.meaning = "Factor for each segment; the last stays."});
}

}  // namespace nightreel

#pragma once
// Names and facts of a take that stand on its slate and in its record. A plain value, any thread.

#include <cstdint>
#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

struct TakeFacts {
    std::string show;
    std::string sequence;
    std::string shot;
    std::int32_t take = 1;
    std::int32_t version = 1;
    PictureSize size;
    FrameRate rate;
    FrameRange frames;
    std::int32_t handles = 0;
    std::string model;
    std::uint64_t seed = 0;  // as the night has it: of the show, the shot or the take
    std::string noise_seed;  // what decides the noise: noise_seed_text()
    std::string prompt;
    std::string negative_prompt;
    Digest spec;  // of the resolved shot and its model card: two takes of one version share it
};

template <class Visitor>
void describe(TakeFacts& value, Visitor& field) {
    field("show", value.show, {.meaning = "Name of the show."});
    field("sequence", value.sequence, {.meaning = "Name of the sequence."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("take", value.take, {.meaning = "Take number."});
    field("version", value.version, {.meaning = "Version number."});
    field("size", value.size, {.meaning = "Picture size."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("frames", value.frames, {.meaning = "Frame range, handles included."});
    field("handles", value.handles, {.meaning = "Extra frames before and after the cut."});
    field("model", value.model, {.meaning = "Name of the model."});
    field("seed", value.seed, {.meaning = "Seed of the take, of its shot or of the show."});
    field("noise_seed",
          value.noise_seed,
          {.meaning = "Seed of the noise; as seed of any shot it gives the same noise."});
    field("prompt", value.prompt, {.meaning = "The prompt."});
    field("negative_prompt", value.negative_prompt, {.meaning = "The negative prompt."});
    field("spec", value.spec, {.meaning = "Digest of the resolved shot and its model."});
}

}  // namespace nightreel

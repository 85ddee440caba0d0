#pragma once
// What the networks of a model will need in memory for a clip of some size, said before the run:
// whether a transformer's weights can stay there, have to be streamed block by block, or nothing
// fits. The one formula that the engine, the planner and `models inspect` use. Arithmetic of a
// model's dimensions alone; pure, any thread.
//
// Every need is of the whole process; measured peaks lie within a factor of memory_need_factor of
// it.

#include <cstdint>
#include <string_view>

#include "shotspec/card/model_dimensions.h"

namespace nightreel {

inline constexpr std::int64_t float_bytes = 4;

inline constexpr double memory_need_factor = 1.5;

enum class Residency {
    resident,  // every block is made once and kept
    streamed,  // a block is made for its use; two are in memory at a time
};

// A clip with and without its prompt goes through a transformer as a batch of two where that pays.
// From so many tokens on it does not: products gain nothing by more of them, and two clips take
// twice the memory. Then one goes after the other.
inline constexpr std::int64_t tokens_worth_batching = 4096;

// Of a clip of `tokens` with so many prompts. A step cache keeps them together.
constexpr std::int64_t clips_at_once(std::int64_t tokens,
                                     std::int64_t prompts,
                                     bool has_step_cache) {
    return tokens < tokens_worth_batching || has_step_cache ? prompts : 1;
}

struct TransformerWork {
    std::int64_t tokens_per_frame = 0;
    std::int64_t latent_frames = 0;
    std::int64_t batch = 1;    // clips of a pass: see clips_at_once
    std::int64_t prompts = 1;  // 2 with guidance
    std::int64_t text_rows = 512;
    std::int64_t item_bytes = 4;    // of a weight and of a number of the token stream: 4 or 2
    std::int64_t streams_kept = 0;  // copies of the token stream between steps: 1 of a step cache
};

struct MemoryNeed {
    std::int64_t resident_bytes = 0;
    std::int64_t streamed_bytes = 0;
};

MemoryNeed memory_need(const TransformerDimensions& sizes, const TransformerWork& work);

// Resident when that fits. Error{out_of_memory} says what is needed and how many latent frames
// would fit.
Residency choose_residency(const TransformerDimensions& sizes,
                           const TransformerWork& work,
                           std::int64_t budget_bytes);

// Of the weights that stay in memory between two uses of a transformer.
std::int64_t held_bytes(const TransformerDimensions& sizes,
                        Residency residency,
                        std::int64_t item_bytes);

// Encoding a prompt of so many tokens: layers are converted one by one.
std::int64_t text_need(const TextEncoderDimensions& sizes, std::int64_t rows);

// The image encoder, whatever it reads.
std::int64_t image_need(std::int64_t image_encoder_bytes);

// Pictures of one size on their way to latents or back.
struct PictureWork {
    std::int64_t pixels = 0;        // of a picture
    std::int64_t latent_cells = 0;  // of a picture
    std::int64_t frames = 1;        // of the clip
    std::int64_t item_bytes = 4;    // of a number in the decoder: 4 or 2
};

std::int64_t encode_need(const AutoencoderDimensions& sizes, const PictureWork& work);
std::int64_t decode_need(const AutoencoderDimensions& sizes, const PictureWork& work);

// Of the weights that stay in memory once both halves were used.
std::int64_t held_bytes(const AutoencoderDimensions& sizes, std::int64_t item_bytes);

// Error{out_of_memory} "WHAT needs 7.9 GiB of memory, but the limit is 4.0 GiB: REMEDY".
void require_memory(std::string_view what,
                    std::int64_t need_bytes,
                    std::int64_t budget_bytes,
                    std::string_view remedy);

}  // namespace nightreel

#pragma once
// Estimates the memory that the networks of a model need for a clip, before the run: whether a
// transformer's weights can stay in memory, must be streamed block by block, or do not fit at all.
// The engine, the planner and `models inspect` use the same formula, which depends only on the
// dimensions of the model. Pure, any thread.
//
// Each estimate is for the whole process; measured peaks are within a factor of memory_need_factor.

#include <cstdint>
#include <string_view>

#include "shotspec/card/model_dimensions.h"

namespace nightreel {

inline constexpr std::int64_t float_bytes = 4;

inline constexpr double memory_need_factor = 1.5;

enum class Residency {
    resident,  // all blocks are created once and kept
    streamed,  // a block is created when it is used; two are in memory at a time
};

// With guidance, the clip with and the clip without prompt are evaluated as a batch of two. From
// this number of tokens on they are evaluated one after the other: larger products are no faster,
// and a batch of two takes twice the memory.
inline constexpr std::int64_t tokens_worth_batching = 4096;

// Batch size for a clip of `tokens` tokens. A step cache requires one batch for all prompts.
constexpr std::int64_t clips_at_once(std::int64_t tokens,
                                     std::int64_t prompts,
                                     bool has_step_cache) {
    return tokens < tokens_worth_batching || has_step_cache ? prompts : 1;
}

struct TransformerWork {
    std::int64_t tokens_per_frame = 0;
    std::int64_t latent_frames = 0;
    std::int64_t batch = 1;    // clips per pass: see clips_at_once
    std::int64_t prompts = 1;  // 2 with guidance
    std::int64_t text_rows = 512;
    std::int64_t item_bytes = 4;  // size of a weight, and of a value of the token stream: 4 or 2
    std::int64_t streams_kept =
        0;  // copies of the token stream kept between steps: 1 with a step cache
};

struct MemoryNeed {
    std::int64_t resident_bytes = 0;
    std::int64_t streamed_bytes = 0;
};

MemoryNeed memory_need(const TransformerDimensions& sizes, const TransformerWork& work);

// Resident if that fits. Throws Error{out_of_memory} with the required memory and the number of
// latent frames that would fit.
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

#pragma once
// What a transformer will need in memory for a clip of some size, said before the run: whether its
// weights can stay there, have to be streamed block by block, or nothing fits. Arithmetic of a
// configuration alone; pure, any thread.

#include <cstdint>

namespace nightreel {

enum class Residency {
    resident,  // every block is made once and kept
    streamed,  // a block is made for its use; two are in memory at a time
};

struct TransformerSizes {
    std::int64_t weight_bytes = 0;  // of all, in the type that is computed in
    std::int64_t block_bytes = 0;   // of one block
    std::int64_t layers = 0;        // of all branches
    std::int64_t branches = 1;      // 2 with a control branch, which streams blocks of its own
    std::int64_t width = 0;
    std::int64_t feed_forward = 0;
    std::int64_t item_bytes = 4;  // of a number of the token stream: 4 or 2
};

struct TransformerWork {
    std::int64_t tokens_per_frame = 0;
    std::int64_t latent_frames = 0;
    std::int64_t batch = 1;  // 2 with guidance: both prompts at once
    std::int64_t text_rows = 512;
};

struct MemoryNeed {
    std::int64_t resident_bytes = 0;
    std::int64_t streamed_bytes = 0;
};

// Of the whole process; measured peaks lie within a factor of memory_need_factor of it.
inline constexpr double memory_need_factor = 1.5;
MemoryNeed memory_need(const TransformerSizes& sizes, const TransformerWork& work);

// Resident when that fits. Error{out_of_memory} says what is needed and how many latent frames
// would fit.
Residency choose_residency(const TransformerSizes& sizes,
                           const TransformerWork& work,
                           std::int64_t budget_bytes);

}  // namespace nightreel

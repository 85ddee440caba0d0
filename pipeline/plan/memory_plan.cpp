#include "pipeline/plan/memory_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::int64_t program_bytes = 300 << 20;  // code of the tensor library, its threads
constexpr std::int64_t float_bytes = 4;

// The larger of what self attention and the feed-forward hold at their widest. Attention: the
// stream, its norm and q k v in the stream's type, norms and rotations of q and k in float32,
// and what of them goes to the kernel. Feed-forward: stream, norm, and the wide rows before and
// after the GELU. `rows` are tokens times clips.
std::int64_t activation_bytes(const TransformerSizes& sizes, std::int64_t rows) {
    const std::int64_t d = sizes.width;
    const std::int64_t attention = (1 + 1 + 3 + 2) * d * sizes.item_bytes + 4 * d * float_bytes;
    const std::int64_t feed =
        2 * d * sizes.item_bytes + 2 * sizes.feed_forward * sizes.item_bytes + d * float_bytes;
    return rows * std::max(attention, feed);
}

// Keys and values of the text, for every block, once for the whole run.
std::int64_t text_bytes(const TransformerSizes& sizes, const TransformerWork& work) {
    return 2 * sizes.layers * work.batch * work.text_rows * sizes.width * sizes.item_bytes;
}

std::int64_t rows_of(const TransformerWork& work) {
    return work.batch * work.latent_frames * work.tokens_per_frame;
}

std::string bytes_text(std::int64_t bytes) {
    return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
}

}  // namespace

MemoryNeed memory_need(const TransformerSizes& sizes, const TransformerWork& work) {
    const std::int64_t work_bytes =
        program_bytes + text_bytes(sizes, work) + activation_bytes(sizes, rows_of(work));
    const std::int64_t outer_bytes = sizes.weight_bytes - sizes.layers * sizes.block_bytes;
    // The block in use, the next one's pages, and joined copies of q k v: half of a block at most.
    const std::int64_t window_bytes =
        std::min(sizes.layers, 2 * sizes.branches) * sizes.block_bytes + sizes.block_bytes / 2;
    return {.resident_bytes = work_bytes + sizes.weight_bytes,
            .streamed_bytes = work_bytes + outer_bytes + window_bytes};
}

Residency choose_residency(const TransformerSizes& sizes,
                           const TransformerWork& work,
                           std::int64_t budget_bytes) {
    const MemoryNeed need = memory_need(sizes, work);
    if (need.resident_bytes <= budget_bytes) return Residency::resident;
    if (need.streamed_bytes <= budget_bytes) return Residency::streamed;
    TransformerWork one_frame = work;
    one_frame.latent_frames = 1;
    const std::int64_t least = memory_need(sizes, one_frame).streamed_bytes;
    const std::int64_t per_frame =
        activation_bytes(sizes, std::max(rows_of(one_frame), std::int64_t{1}));
    const std::int64_t fitting =
        least > budget_bytes ? 0
                             : 1 + (budget_bytes - least) / std::max(per_frame, std::int64_t{1});
    throw Error(ErrorKind::out_of_memory,
                fmt::format("{} latent frames of {} tokens need {} with streamed weights ({} with "
                            "resident ones), but the budget is {}: {}",
                            work.latent_frames,
                            work.tokens_per_frame,
                            bytes_text(need.streamed_bytes),
                            bytes_text(need.resident_bytes),
                            bytes_text(budget_bytes),
                            fitting > 0 ? fmt::format("{} latent frames would fit", fitting)
                                        : "a smaller picture or a larger --memory is needed"));
}

}  // namespace nightreel

#include "pipeline/plan/memory_plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::int64_t program_bytes = 300 << 20;  // code of the tensor library, its threads

// Peak of a transformer block: the larger of self attention and feed-forward. Attention: token
// stream, its norm and q, k, v in the type of the stream; q and k normed and rotated in float32;
// the inputs of the attention kernel. Feed-forward: stream, norm, and the hidden rows before and
// after GELU. In both cases, plus the tensors that are kept from step to step.
std::int64_t activation_bytes(const TransformerDimensions& sizes,
                              const TransformerWork& work,
                              std::int64_t latent_frames) {
    const std::int64_t rows = work.batch * latent_frames * work.tokens_per_frame;
    const std::int64_t d = sizes.width;
    const std::int64_t kept = work.streams_kept * d * work.item_bytes;
    const std::int64_t attention = (1 + 1 + 3 + 2) * d * work.item_bytes + 4 * d * float_bytes;
    const std::int64_t feed =
        2 * d * work.item_bytes + 2 * sizes.feed_forward * work.item_bytes + d * float_bytes;
    return rows * (std::max(attention, feed) + kept);
}

// Keys and values of the text for every block, computed once per run.
std::int64_t text_bytes(const TransformerDimensions& sizes, const TransformerWork& work) {
    return 2 * sizes.blocks * work.prompts * work.text_rows * sizes.width * work.item_bytes;
}

std::int64_t block_bytes(const TransformerDimensions& sizes, std::int64_t item_bytes) {
    return sizes.block_parameters * item_bytes;
}

}  // namespace

MemoryNeed memory_need(const TransformerDimensions& sizes, const TransformerWork& work) {
    const std::int64_t work_bytes =
        program_bytes + text_bytes(sizes, work) + activation_bytes(sizes, work, work.latent_frames);
    // The block in use, the pages of the next one, and joined copies of q, k, v (at most half a
    // block).
    const std::int64_t block = block_bytes(sizes, work.item_bytes);
    const std::int64_t window_bytes =
        std::min<std::int64_t>(sizes.blocks, 2 * sizes.branches) * block + block / 2;
    return {.resident_bytes = work_bytes + held_bytes(sizes, Residency::resident, work.item_bytes),
            .streamed_bytes = work_bytes + held_bytes(sizes, Residency::streamed, work.item_bytes) +
                              window_bytes};
}

Residency choose_residency(const TransformerDimensions& sizes,
                           const TransformerWork& work,
                           std::int64_t budget_bytes) {
    const MemoryNeed need = memory_need(sizes, work);
    if (need.resident_bytes <= budget_bytes) return Residency::resident;
    if (need.streamed_bytes <= budget_bytes) return Residency::streamed;
    TransformerWork one_frame = work;
    one_frame.latent_frames = 1;
    const std::int64_t least = memory_need(sizes, one_frame).streamed_bytes;
    const std::int64_t per_frame = std::max(activation_bytes(sizes, work, 1), std::int64_t{1});
    const std::int64_t fitting = least > budget_bytes ? 0 : 1 + (budget_bytes - least) / per_frame;
    throw Error(ErrorKind::out_of_memory,
                fmt::format("{} latent frames of {} tokens require {} with streamed weights ({} "
                            "with resident weights), but the limit is {}: {}",
                            work.latent_frames,
                            work.tokens_per_frame,
                            bytes_text(need.streamed_bytes),
                            bytes_text(need.resident_bytes),
                            bytes_text(budget_bytes),
                            fitting > 0 ? fmt::format("{} latent frames would fit", fitting)
                                        : "use a smaller picture size or raise the limit"));
}

std::int64_t held_bytes(const TransformerDimensions& sizes,
                        Residency residency,
                        std::int64_t item_bytes) {
    const std::int64_t all = sizes.parameters * item_bytes;
    if (residency == Residency::resident) return all;
    return all - sizes.blocks * block_bytes(sizes, item_bytes);
}

// One layer as stored, its largest matrix converted to float32, and the activations of at most 512
// rows: logits of every head with their bias, and the gated feed-forward.
std::int64_t text_need(const TextEncoderDimensions& sizes, std::int64_t rows) {
    const std::int64_t wide = std::max<std::int64_t>(sizes.width, sizes.feed_forward);
    const std::int64_t matrix_bytes = sizes.width * wide * float_bytes;
    const std::int64_t logits = 3 * sizes.heads * rows * rows;
    const std::int64_t numbers = rows * (4 * sizes.width + 3 * wide);
    return program_bytes + sizes.layer_bytes + matrix_bytes + (logits + numbers) * float_bytes;
}

std::int64_t image_need(std::int64_t image_encoder_bytes) {
    return program_bytes + image_encoder_bytes;
}

// The first layers have the widest tensors. A single frame peaks there, before the deeper layers
// have cached anything: their half of the cache is allocated after the wide tensors are freed. In a
// clip the whole cache exists when the following frames pass the first layers, and each tensor
// holds two earlier and four new frames.
std::int64_t encode_need(const AutoencoderDimensions& sizes, const PictureWork& work) {
    constexpr std::int64_t tensors_at_once = 4;
    constexpr std::int64_t frames_of_tensor = 2 + 4;
    constexpr std::int64_t frames_alone = 8;  // of all tensors together
    const std::int64_t alone =
        std::max(sizes.encoder_kept, sizes.encoder_kept / 2 + frames_alone * sizes.encoder_widest);
    const std::int64_t clip =
        sizes.encoder_kept + tensors_at_once * frames_of_tensor * sizes.encoder_widest;
    const std::int64_t pictures =
        2 * 3 * work.frames * work.pixels;  // as given, and in the layout of the layers
    const std::int64_t numbers = work.latent_cells * (work.frames > 1 ? clip : alone) + pictures;
    return program_bytes + (sizes.encoder_parameters + numbers) * float_bytes;
}

std::int64_t decode_need(const AutoencoderDimensions& sizes, const PictureWork& work) {
    constexpr std::int64_t window_bytes_max = 300 << 20;  // rows in flight in all stages
    constexpr std::int64_t frames_of_piece = 4;
    constexpr std::int64_t channels_held = 4 + 3 + 3;  // padded, joined, as frames
    const std::int64_t pictures = frames_of_piece * channels_held * work.pixels * float_bytes;
    const std::int64_t kept_bytes = work.latent_cells * sizes.decoder_kept * work.item_bytes;
    // In a small picture the rows in flight are the whole picture: four frames where two are kept.
    const std::int64_t window_bytes = std::min(window_bytes_max, 2 * kept_bytes);
    return program_bytes + sizes.decoder_parameters * work.item_bytes + kept_bytes + window_bytes +
           pictures;
}

std::int64_t held_bytes(const AutoencoderDimensions& sizes, std::int64_t item_bytes) {
    return sizes.encoder_parameters * float_bytes + sizes.decoder_parameters * item_bytes;
}

void require_memory(std::string_view what,
                    std::int64_t need_bytes,
                    std::int64_t budget_bytes,
                    std::string_view remedy) {
    if (need_bytes <= budget_bytes) return;
    throw Error(ErrorKind::out_of_memory,
                fmt::format("{} requires {} of memory, but the limit is {}: {}",
                            what,
                            bytes_text(need_bytes),
                            bytes_text(budget_bytes),
                            remedy));
}

}  // namespace nightreel

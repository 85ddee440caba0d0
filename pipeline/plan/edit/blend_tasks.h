#pragma once
// A blend of two clips: a task mixes them into one clip along the curve, and what is made starts
// from that mixture. A latent frame stays the mixture, noised, down to a noise level that is
// highest where both clips have the same share: there the model decides most, near the ends least
// (SDEdit, Meng et al. 2021, with a level for each latent frame). Pure, any thread.

#include <cstdint>

#include "pipeline/plan/graph_builder.h"
#include "pipeline/plan/segment_plan.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// The mixture has all frames of the take, and before them some that hold the first one, from which
// a stream may begin.
AssembleOrder mixture_order(const ResolvedShot& shot,
                            const ModelCard& card,
                            const ModelReference& model,
                            const std::vector<Placed>& clips);

// What a segment of a stream starts from that begins with `stream_first`, a frame of the take from
// 0, or one of those before.
SegmentStart start_from_mixture(const ResolvedShot& shot,
                                const ModelCard& card,
                                const Segment& segment,
                                std::int64_t stream_first,
                                const Digest& mixture);

}  // namespace nightreel

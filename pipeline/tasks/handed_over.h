#pragma once
// Reads the result of a hand_over task. Borrowed context; one thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/sample/segment_request.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {

struct HandedOver {
    std::vector<FrameRgb> frames;  // display-referred in [0, 1]
    TokenStates seen;              // no rows where the model has no image encoder
};

HandedOver read_handed_over(const Digest& artifact, const TaskContext& context);

// Its frames, as many as are expected; none without an artifact.
std::vector<FrameRgb> read_given(const std::optional<Digest>& artifact,
                                 std::int32_t expected,
                                 const TaskContext& context);

}  // namespace nightreel

#pragma once
// Some steps of one window of a take whose windows are tasks of their own, and the take that is put
// together of them at the end. Plain values, any thread.
//
//   round 1      window 1   window 2   window 3      steps 0 to 3 of each
//                   | \      / | \      / |
//   round 2      window 1   window 2   window 3      begin with the average of what overlaps
//                     \        |        /
//   join                       take

#include <cstdint>
#include <optional>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// What a task of the round before left: state.safetensors.
struct WindowState {
    std::int32_t window = 0;  // from 0
    Digest state;
};

template <class Visitor>
void describe(WindowState& value, Visitor& field) {
    field("window", value.window, {.meaning = "Number of the window, from 0."});
    field("state", value.state, {.meaning = "Digest of its task's result."});
}

struct WindowRound {
    std::optional<std::int32_t> window = {};  // from 0; absent: no step, all windows are joined
    std::int32_t step_first = 0;
    std::int32_t step_end = 0;
    // Of this window and those that share latent frames with it; of a join, of all. None before the
    // first step.
    std::vector<WindowState> states = {};
};

template <class Visitor>
void describe(WindowRound& value, Visitor& field) {
    field("window", value.window, {.meaning = "Number of the window; absent: all are joined."});
    field("step_first", value.step_first, {.meaning = "First step."});
    field("step_end", value.step_end, {.meaning = "Step after the last one."});
    field("states", value.states, {.meaning = "Windows as they are before the first step."});
}

}  // namespace nightreel

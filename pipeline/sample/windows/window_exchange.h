#pragma once
// Windows of a take that are sampled by tasks of their own: each makes some steps alone, then what
// neighbours have made of the same latent frames is averaged, latents and what the solver remembers
// alike. With an average after each step this is sample_windows (windowed_sampler.h) but for
// rounding, because averages of velocities and of what a solver makes of them are the same. One
// thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/model/tensor/safetensors.h"
#include "pipeline/sample/windows/windowed_sampler.h"

namespace nightreel {

// A window as its last task left it.
struct WindowPart {
    std::size_t window = 0;
    NamedTensors state;  // as tensors_of has it, of the frames that the window shows
};

// The state of all frames that `shown` shows, of the windows that have some of them. What stands in
// front of the take (WindowedTake) is averaged over all parts. Error{corrupt} where a frame is in
// no part, or the parts stand at different steps.
NamedTensors averaged(const std::vector<LatentWindow>& windows,
                      const std::vector<WindowPart>& parts,
                      const LatentWindow& shown,
                      std::int64_t front);

// What a window's task samples of the take's tensors.
SegmentTensors tensors_of_window(const SegmentTensors& take,
                                 const LatentWindow& window,
                                 std::int64_t front);

}  // namespace nightreel

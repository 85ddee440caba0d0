#pragma once
// When each latent frame of a clip moves, for models in which every frame has a noise level of its
// own (diffusion forcing). Blocks of frames move together; a block starts `lag` steps after the one
// before it, or with it when the lag is 0. Pure; any thread. Source: SkyReels-V2,
// pipelines/diffusion_forcing_pipeline.py, generate_timestep_matrix.

#include <cstdint>
#include <span>
#include <vector>

namespace nightreel {

struct FrameScheduleSettings {
    std::int32_t frames = 0;  // latent frames; those that do not fill a block never move
    std::int32_t window = 0;  // latent frames that the network sees at once
    std::int32_t block = 1;   // latent frames that move together
    std::int32_t lag = 0;     // steps between neighbouring blocks
    std::int32_t ready = 0;   // frames at the front that are finished already
};

// One call of the network.
struct FrameScheduleRow {
    std::vector<std::int32_t> steps;      // of each frame: steps begun, 1 the first; 0: still noise
    std::vector<std::int64_t> timesteps;  // of each frame; 0 when it is finished
    std::vector<bool> moves;              // whether this call moves the frame
    std::int32_t window_begin = 0;        // the frames that are shown to the network
    std::int32_t window_end = 0;
};

// `timesteps` are those of the sigma grid. Error{bad_input} when the clip is longer than the window
// and the lag is too small to keep all moving frames inside it.
std::vector<FrameScheduleRow> frame_schedule(const FrameScheduleSettings& settings,
                                             std::span<const double> timesteps);

}  // namespace nightreel

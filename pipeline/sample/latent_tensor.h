#pragma once
// Between plain values and tensors. Any thread.

#include <ATen/core/Tensor.h>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/latent_clip.h"
#include "pipeline/sample/segment_request.h"

namespace nightreel {

// [1, c, f, h, w], a copy.
at::Tensor tensor_of(const LatentClip& clip, at::Device device);
LatentClip clip_of(const at::Tensor& latents_1cfhw);

// [1, rows, width], zeros after the prompt's own rows.
at::Tensor padded_text(const TextStates& states, std::int64_t rows, at::Device device);
TextStates text_states_of(const at::Tensor& rows_lt);

// A picture in [0, 1] as [1, 3, 1, h, w] in [-1, 1], and the frames of [1, 3, t, h, w] back.
at::Tensor video_tensor(const FrameRgb& frame);
std::vector<FrameRgb> frames_of(const at::Tensor& video_bcthw);

}  // namespace nightreel

#include "pipeline/sample/latent_tensor.h"

#include <cstring>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/device.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

at::Tensor copied(const std::vector<float>& values, at::IntArrayRef shape) {
    at::Tensor tensor = at::empty(shape, at::kFloat);
    NIGHTREEL_CHECK(static_cast<std::size_t>(tensor.numel()) == values.size(),
                    "plain values are as long as their shape says");
    std::memcpy(tensor.mutable_data_ptr(), values.data(), values.size() * sizeof(float));
    return tensor;
}

std::vector<float> values_of(const at::Tensor& tensor) {
    const at::Tensor plain = tensor.to(at::kCPU, at::kFloat).contiguous();
    const float* first = plain.const_data_ptr<float>();
    return {first, first + plain.numel()};
}

std::int32_t size32(const at::Tensor& tensor, std::int64_t axis) {
    return static_cast<std::int32_t>(tensor.size(axis));
}

}  // namespace

at::Tensor tensor_of(const LatentClip& clip, at::Device device) {
    return uploaded(copied(clip.values, {1, clip.channels, clip.frames, clip.height, clip.width}),
                    device);
}

LatentClip clip_of(const at::Tensor& latents_1cfhw) {
    NIGHTREEL_CHECK(latents_1cfhw.dim() == 5 && latents_1cfhw.size(0) == 1, "one clip of latents");
    return {size32(latents_1cfhw, 1),
            size32(latents_1cfhw, 2),
            size32(latents_1cfhw, 3),
            size32(latents_1cfhw, 4),
            values_of(latents_1cfhw)};
}

at::Tensor padded_text(const TextStates& states, std::int64_t rows, at::Device device) {
    NIGHTREEL_CHECK(states.rows <= rows, "a prompt is no longer than the rows that are attended");
    const at::Tensor own = copied(states.values, {1, states.rows, states.width});
    return at::constant_pad_nd(own, {0, 0, 0, rows - states.rows}).to(device);
}

TextStates text_states_of(const at::Tensor& rows_lt) {
    NIGHTREEL_CHECK(rows_lt.dim() == 2, "one encoded prompt");
    return {size32(rows_lt, 0), size32(rows_lt, 1), values_of(rows_lt)};
}

at::Tensor video_tensor(const FrameRgb& frame) {
    const at::Tensor rows = copied(frame.rgb, {1, 1, frame.height, frame.width, 3});
    return rows.permute({0, 4, 1, 2, 3}) * 2 - 1;
}

std::vector<FrameRgb> frames_of(const at::Tensor& video_bcthw) {
    NIGHTREEL_CHECK(video_bcthw.dim() == 5 && video_bcthw.size(0) == 1 && video_bcthw.size(1) == 3,
                    "one clip of pictures");
    const at::Tensor shown = (video_bcthw * 0.5 + 0.5).clamp(0, 1).permute({0, 2, 3, 4, 1});
    std::vector<FrameRgb> frames;
    for (std::int64_t frame = 0; frame < shown.size(1); ++frame) {
        frames.push_back(
            {size32(video_bcthw, 4), size32(video_bcthw, 3), values_of(shown.select(1, frame))});
    }
    return frames;
}

}  // namespace nightreel

#pragma once
// What the members of the Wan family hang on beside noise and text, made of pictures and clips that
// were given: channels beside the noisy ones (pictures to video), control channels (VACE), latents
// to start from (video to video). Tensors in, tensors out; one thread.
// Sources: diffusers, pipelines/wan/pipeline_wan_{i2v,vace,video2video}.py.

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/vae.h"

namespace nightreel {

// c channels, f latent frames, h w latent rows and columns; t frames, r references, p tokens of
// pictures, i width of one. Pictures and clips are [1, 3, t, rows, columns] in [-1, 1].

// Of one clip. What a model does not take is left undefined.
struct Conditions {
    at::Tensor channels_1cfhw;  // joined to the noisy channels
    at::Tensor control_1cfhw;
    std::vector<double> control_scales;  // of each hint; empty: 1 for all
    at::Tensor pictures_1pi;             // what the vision tower read of the given pictures
    std::optional<double> rate;          // frames a second, for a model that is told them
    // Latent frames of a causal block; without one, as the model's configuration says.
    std::optional<std::int64_t> frames_per_block;
};

// Mask and latents of a clip of `frames` frames whose first picture is given, and its last one
// unless `last` is undefined. The mask has a channel for each frame of a latent frame: 1 where the
// picture is given; frames between are mid-grey.
at::Tensor picture_channels(const WanVae& vae,
                            const at::Tensor& first,
                            const at::Tensor& last,
                            std::int64_t frames);

// A clip that VACE is to keep where its mask is 0 and to make where it is 1. The mask is
// [1, 1, t, rows, columns] in [0, 1].
struct ControlClip {
    at::Tensor video;
    at::Tensor mask;
};

// Nothing to keep: everything is made.
ControlClip empty_control(std::int64_t frames, std::int64_t rows, std::int64_t columns);

// Channels of what is kept, of what is made, and the mask's own: those of each pixel of a latent
// cell. The clip is divided by the mask cut at one half; the channels hold the mask as it is.
// `references` [1, c, r, h, w], one latent frame a picture, undefined for none, stand in front, the
// last one first: the latents that are sampled begin with as many frames of noise, dropped
// afterwards.
at::Tensor control_channels(const WanVae& vae,
                            const ControlClip& clip,
                            const at::Tensor& references);

// A reference on a white canvas: as large as fits, bilinear, in the middle.
at::Tensor on_canvas(const at::Tensor& picture, std::int64_t rows, std::int64_t columns);

// Latents at a level between themselves (0) and noise (1).
at::Tensor noised(const at::Tensor& latents, const at::Tensor& noise, double sigma);

}  // namespace nightreel

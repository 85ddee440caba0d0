#include "pipeline/sample/conditioning.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "shotspec/base/check.h"

namespace nightreel {

namespace {

// [1, n, f, h, w], n the frames of a latent frame: 1 for frames that are given. The first latent
// frame is one frame, which has all of its channels.
at::Tensor given_mask(const at::Tensor& is_given_t,
                      std::int64_t frames_per_latent,
                      const at::Tensor& latents_1cfhw) {
    const at::Tensor repeated =
        at::cat({is_given_t.narrow(0, 0, 1).expand({frames_per_latent - 1}), is_given_t});
    return repeated.view({latents_1cfhw.size(2), frames_per_latent})
        .transpose(0, 1)
        .view({1, frames_per_latent, latents_1cfhw.size(2), 1, 1})
        .expand({1,
                 frames_per_latent,
                 latents_1cfhw.size(2),
                 latents_1cfhw.size(3),
                 latents_1cfhw.size(4)});
}

// The mask's pixels as channels [1, p * p, f, h, w], p the pixels of a latent cell's side. A latent
// frame looks at one frame of those it covers.
at::Tensor mask_channels(const at::Tensor& mask_11tyx, const VaeConfig& config) {
    const std::int64_t pixels = config.pixels_per_latent();
    const std::int64_t frames = mask_11tyx.size(2);
    const std::int64_t per_latent = config.frames_per_latent();
    const std::int64_t rows = mask_11tyx.size(3) / pixels;
    const std::int64_t columns = mask_11tyx.size(4) / pixels;
    const at::Tensor cells = mask_11tyx.view({frames, rows, pixels, columns, pixels})
                                 .permute({2, 4, 0, 1, 3})
                                 .reshape({1, pixels * pixels, frames, rows, columns});
    return at::_upsample_nearest_exact3d(
        cells, at::IntArrayRef{(frames + per_latent - 1) / per_latent, rows, columns});
}

}  // namespace

at::Tensor picture_channels(const WanVae& vae,
                            const at::Tensor& first,
                            const at::Tensor& last,
                            std::int64_t frames) {
    const std::int64_t per_latent = vae.config().frames_per_latent();
    NIGHTREEL_CHECK(frames % per_latent == 1 && (frames > 1 || !last.defined()),
                    "a clip of whole latent frames that has a place for each given picture");
    at::Tensor video = at::zeros({1, 3, frames, first.size(3), first.size(4)}, first.options());
    at::Tensor is_given = at::zeros({frames}, first.options());
    const auto give = [&](const at::Tensor& picture, std::int64_t frame) {
        video.narrow(2, frame, 1).copy_(picture);
        is_given[frame].fill_(1);
    };
    give(first, 0);
    if (last.defined()) give(last, frames - 1);
    const at::Tensor latents = vae.encode(video);
    return at::cat({given_mask(is_given.to(latents.options()), per_latent, latents), latents}, 1);
}

ControlClip empty_control(std::int64_t frames, std::int64_t rows, std::int64_t columns) {
    return {at::zeros({1, 3, frames, rows, columns}), at::ones({1, 1, frames, rows, columns})};
}

at::Tensor control_channels(const WanVae& vae,
                            const ControlClip& clip,
                            const at::Tensor& references) {
    const at::Tensor made = clip.mask.gt(0.5).to(clip.video.scalar_type());
    const at::Tensor inactive = clip.video * (1 - made);
    const at::Tensor reactive = clip.video * made;
    const at::Tensor kept_latents = vae.encode(inactive);
    // A clip with nothing to keep is the same grey twice.
    const at::Tensor made_latents =
        at::equal(inactive, reactive) ? kept_latents : vae.encode(reactive);
    at::Tensor latents = at::cat({kept_latents, made_latents}, 1);
    at::Tensor mask = mask_channels(clip.mask, vae.config()).to(latents.options());
    if (references.defined()) {
        const at::Tensor reversed = references.to(latents.options()).flip(2);
        latents = at::cat({at::cat({reversed, at::zeros_like(reversed)}, 1), latents}, 2);
        const at::Tensor unmasked =
            at::zeros_like(mask.narrow(2, 0, 1)).expand({-1, -1, references.size(2), -1, -1});
        mask = at::cat({unmasked, mask}, 2);
    }
    return at::cat({latents, mask}, 1);
}

at::Tensor on_canvas(const at::Tensor& picture, std::int64_t rows, std::int64_t columns) {
    const auto along = [&](std::int64_t side, int axis) {
        return static_cast<double>(side) / static_cast<double>(picture.size(axis));
    };
    const double scale = std::min(along(rows, 3), along(columns, 4));
    const auto scaled = [&](int axis) {
        return std::max(std::int64_t{1},
                        static_cast<std::int64_t>(static_cast<double>(picture.size(axis)) * scale));
    };
    const std::int64_t height = scaled(3);
    const std::int64_t width = scaled(4);
    const at::Tensor fitted =
        at::upsample_bilinear2d(picture.squeeze(2), {height, width}, /*align_corners=*/false);
    at::Tensor canvas = at::ones({1, 3, 1, rows, columns}, picture.options());
    canvas.narrow(3, (rows - height) / 2, height)
        .narrow(4, (columns - width) / 2, width)
        .copy_(fitted.unsqueeze(2));
    return canvas;
}

at::Tensor noised(const at::Tensor& latents, const at::Tensor& noise, double sigma) {
    return latents * (1 - sigma) + noise * sigma;
}

}  // namespace nightreel

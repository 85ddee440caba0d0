#include "pipeline/stitch/take_decoder.h"

#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/faults.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/sample/latent_tensor.h"
#include "shotspec/base/error.h"

namespace nightreel {

struct TakeDecoder::State {
    Engine& engine;
    LatentGrid grid;
    DecodeState decoding;
    DecodeIn type = DecodeIn::usual;
};

TakeDecoder::TakeDecoder(Engine& engine, DecodeIn type)
    : state_(new State{engine, engine.latent_grid(), {}, type}) {}

TakeDecoder::TakeDecoder(Engine& engine, const std::filesystem::path& saved)
    : state_(new State{engine, engine.latent_grid(), decode_state_of(read_safetensors(saved))}) {}

TakeDecoder::~TakeDecoder() = default;

void TakeDecoder::push(const LatentClip& latents, const TakeFrame& take_frame) {
    const std::int32_t channels = state_->grid.channels;
    if (!is_sound(latents) || latents.channels != channels) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "cannot decode latents of {} channels: expected {} channels with finite values",
                latents.channels,
                channels));
    }
    const WanVae& vae = state_->type == DecodeIn::float32
                            ? state_->engine.exact_decoder(latents.size())
                            : state_->engine.decoder(latents.size());
    for (std::int32_t i = 0; i < latents.frames; ++i) {
        std::int64_t index = frames();
        const at::Tensor video = in_tensors("decoding", [&] {
            const at::Tensor latent =
                vae.denormalised(tensor_of(slice(latents, i, 1), at::Device(at::kCPU)));
            return vae.decode_next(latent, state_->decoding);
        });
        for (const FrameRgb& frame : frames_of(video)) take_frame(index++, frame);
    }
}

std::int64_t TakeDecoder::latent_frames() const {
    return state_->decoding.latent_frames;
}

std::int64_t TakeDecoder::frames() const {
    const std::int64_t latents = latent_frames();
    if (latents == 0) return 0;
    return 1 + (latents - 1) * state_->grid.frames_per_latent;
}

void TakeDecoder::save(const std::filesystem::path& file) const {
    write_safetensors(file, tensors_of(state_->decoding));
}

}  // namespace nightreel

#include "pipeline/model/vae/vae.h"

#include <cstdio>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/bench/parts.h"
#include "pipeline/bench/random.h"
#include "pipeline/bench/watch.h"
#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/plan/memory_plan.h"
#include "pipeline/tasks/memory.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Frames go where a task would write them: they are not kept.
void decode(const BenchArguments& asked, const WanVae& vae, std::int64_t latent_frames) {
    const std::int64_t side = vae.config().pixels_per_latent();
    DecodeState state;
    for (std::int64_t frame = 0; frame < latent_frames; ++frame) {
        const at::Tensor latent = at::randn({asked.batch,
                                             vae.config().latent_channels,
                                             1,
                                             asked.height / side,
                                             asked.width / side});
        vae.decode_next(latent, state).to(at::kCPU);
    }
}

void encode(const BenchArguments& asked, const WanVae& vae, std::int64_t latent_frames) {
    const std::int64_t frames = (latent_frames - 1) * vae.config().frames_per_latent() + 1;
    const at::Tensor video =
        at::randn({asked.batch, 3, frames, asked.height, asked.width}).clamp_(-1, 1);
    vae.encode(video).to(at::kCPU);
}

std::int64_t need_of(const BenchArguments& asked,
                     const c10::Device& device,
                     const WanVae& vae,
                     const Weights& weights) {
    const std::int64_t pixels = asked.width * asked.height;
    const std::int64_t side = vae.config().pixels_per_latent();
    const AutoencoderDimensions sizes = autoencoder_dimensions(weights.stored());
    const PictureWork work{.pixels = pixels,
                           .latent_cells = pixels / (side * side),
                           .frames = asked.frames,
                           .item_bytes = static_cast<std::int64_t>(
                               c10::elementSize(decoder_type(device, vae.policy())))};
    return asked.encode ? encode_need(sizes, work) : decode_need(sizes, work);
}

void require_whole_cells(const BenchArguments& asked, std::int64_t side) {
    if (asked.width % side == 0 && asked.height % side == 0) return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--size {}x{}: must be multiples of {}", asked.width, asked.height, side));
}

}  // namespace

void bench_autoencoder(const BenchArguments& asked, c10::Device device) {
    if (asked.layers > 0) {
        throw Error(ErrorKind::usage, "--layers: not supported for autoencoders");
    }
    const std::filesystem::path folder =
        asked.random.empty() ? bench_folder(asked.model, "vae")
                             : make_random_network(random_autoencoder(asked.random), asked.scratch);
    reset_peak_memory();
    BenchWatch watch;
    const WanVae vae(folder, device, asked.precision.value_or(PrecisionPolicy::float32));
    require_whole_cells(asked, vae.config().pixels_per_latent());
    const double load = watch.figures().seconds;
    const std::int64_t need =
        need_of(asked, device, vae, Weights(folder, "diffusion_pytorch_model"));
    if (asked.memory_bytes > 0) {
        require_memory("a picture of this size", need, asked.memory_bytes, "use a smaller --size");
    }
    const std::int64_t latent_frames = (asked.frames - 1) / vae.config().frames_per_latent() + 1;
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        // The first run reads the half of the network that it needs.
        watch.begin();
        (asked.encode ? encode : decode)(asked, vae, latent_frames);
        const PrecisionPolicy policy = asked.encode ? PrecisionPolicy::float32 : vae.policy();
        fmt::print(R"({{"bench":"{}","run":{},"latent_frames":{},"size":"{}x{}","precision":"{}",)"
                   R"("threads":{},"load_seconds":{:.3f},{},"need_bytes":{}}})"
                   "\n",
                   asked.encode ? "vae_encode" : "vae",
                   run,
                   latent_frames,
                   asked.width,
                   asked.height,
                   word_of(policy),
                   asked.threads,
                   load,
                   members_of(watch.figures()),
                   need);
        std::fflush(stdout);
    }
}

}  // namespace nightreel

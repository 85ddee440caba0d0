#pragma once
// The dimensions of the autoencoder of Wan 2.1 or 2.2, as its config.json gives them. A value.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "pipeline/model/tensor/weights.h"

namespace nightreel {

struct VaeConfig {
    std::filesystem::path file;
    std::int64_t base = 0;          // channels of the encoder's first stage
    std::int64_t decoder_base = 0;  // and of the decoder's last
    std::int64_t latent_channels = 0;
    std::vector<std::int64_t> multiples;  // of the base, one for each stage
    std::int64_t residual_blocks = 0;     // of an encoder stage; the decoder has one more
    std::vector<bool> halves_time;        // one for each stage but the last
    std::vector<double> latents_mean;
    std::vector<double> latents_std;

    bool has_shortcuts = false;  // around whole stages, as Wan 2.2 has them
    std::int64_t patch = 1;      // pixels of a picture that the first layer sees as one

    // Along a side, of what the first layer sees and of pictures.
    std::int64_t cells_per_latent() const { return std::int64_t{1} << halves_time.size(); }

    std::int64_t pixels_per_latent() const { return patch * cells_per_latent(); }

    std::int64_t picture_channels() const { return 3 * patch * patch; }

    std::int64_t frames_per_latent() const;
};

VaeConfig read_vae_config(const std::filesystem::path& folder);

}  // namespace nightreel

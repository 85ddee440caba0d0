#include "pipeline/checkpoint/layout/model_dimensions.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/card/read_model_card.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const fs::path vaes = "tests/parity/vae";

AutoencoderDimensions autoencoder_of(const char* name) {
    return autoencoder_dimensions(StoredPart(vaes / name / "vae", "diffusion_pytorch_model"));
}

// Channels that convolutions over three frames take, by hand from the config of the case: two
// frames of each are kept, at the size that the layer works on.
std::int64_t kept_by_decoder(std::int64_t latent, std::int64_t base, std::int64_t blocks) {
    // Four stages whose channels are all of the base; each but the last doubles sides, the first
    // two frames as well.
    std::int64_t channels = latent + 4 * base;  // conv_in, the middle's two blocks
    std::int64_t cells = 1;
    for (int stage = 0; stage < 4; ++stage, cells *= 4) {
        channels += cells * 2 * (blocks + 1) * base;
        if (stage < 2) channels += cells * base;
    }
    channels += 64 * base;  // conv_out
    return 2 * channels;
}

}  // namespace

TEST_CASE("the bundled model's card has the dimensions of its files", "[checkpoint]") {
    const ModelCard card = read_model_card(fs::path("models/toybox"));
    CHECK(card.cost.dimensions.are_known());
    CHECK(card.cost.dimensions == model_dimensions(open_model_folder("models/toybox")));
}

TEST_CASE("a control branch counts among the blocks, an image encoder by its bytes",
          "[checkpoint]") {
    const fs::path pipelines = "tests/parity/pipelines";
    const ModelDimensions control =
        model_dimensions(open_model_folder(pipelines / "vace_text_only"));
    CHECK(control.transformer.branches == 2);
    const ModelDimensions pictures = model_dimensions(open_model_folder(pipelines / "wan21_flf2v"));
    CHECK(pictures.transformer.branches == 1);
    CHECK(pictures.image_encoder_bytes > 0);
    CHECK(control.image_encoder_bytes == 0);
}

TEST_CASE("what a decoder keeps is two frames for each convolution over time", "[checkpoint]") {
    CHECK(autoencoder_of("wan22_tiled").decoder_kept == kept_by_decoder(48, 5, 1));
}

TEST_CASE("a part that lacks what is counted is named", "[checkpoint]") {
    const StoredPart vae(vaes / "wan21/vae", "diffusion_pytorch_model");
    CHECK_THROWS_WITH(transformer_dimensions(vae), Catch::Contains("patch_embedding.weight"));
    CHECK_THROWS_WITH(text_encoder_dimensions(vae), Catch::Contains("shared.weight"));
}

}  // namespace nightreel

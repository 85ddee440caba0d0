#include <fstream>

#include <catch2/catch.hpp>

#include "pipeline/bench/random.h"
#include "pipeline/checkpoint/layout/derived_config.h"
#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "pipeline/model/text/umt5_encoder.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const c10::Device cpu(c10::kCPU);

// The network's folder with a file of true size in which everything but the header is a hole: 28 GB
// take no room on the disk, and whoever only looks at names and shapes reads none of them.
struct HollowNetwork {
    TemporaryFolder folder;

    explicit HollowNetwork(const RandomNetwork& network) {
        std::uint64_t bytes = 0;
        for (const auto& [name, tensor] : network.tensors) {
            bytes += bytes_of_shape(tensor.shape, facts_of(tensor.type).bytes).value();
        }
        const fs::path file = folder.path() / network.file;
        const std::string header = safetensors_header_bytes(network.tensors, {});
        write_file_atomically(file, header);
        fs::resize_file(file, header.size() + bytes);
        write_file_atomically(folder.path() / "config.json",
                              derived_config(StoredPart(file, "")).dump());
    }

    StoredPart stored() const { return {folder.path(), "diffusion_pytorch_model"}; }
};

}  // namespace

TEST_CASE("random networks have the names, shapes and sizes that their classes take", "[bench]") {
    SECTION("the small text-to-video transformer") {
        const HollowNetwork network(random_transformer("t2v-1.3b", 0));
        const WanTransformer opened(
            network.folder.path(), cpu, PrecisionPolicy::fast, Residency::streamed);
        CHECK(opened.config().layers == 30);
        CHECK(transformer_dimensions(network.stored()).parameters == 1'418'996'800);
    }
    SECTION("the large one") {
        const HollowNetwork network(random_transformer("t2v-14b", 0));
        CHECK(transformer_dimensions(network.stored()).parameters == 14'288'491'584);
    }
    SECTION("fewer layers of the one for pictures") {
        const HollowNetwork network(random_transformer("ti2v-5b", 2));
        const WanTransformer opened(
            network.folder.path(), cpu, PrecisionPolicy::fast, Residency::streamed);
        CHECK(opened.config().layers == 2);
        CHECK(opened.config().channels_in == 48);
    }
    SECTION("the autoencoder of Wan 2.1") {
        const HollowNetwork network(random_autoencoder("vae-2.1"));
        const WanVae opened(network.folder.path(), cpu, PrecisionPolicy::float32);
        CHECK(opened.config().pixels_per_latent() == 8);
        CHECK(network.stored().parameters() == 126'892'531);
    }
    SECTION("the autoencoder of Wan 2.2") {
        const HollowNetwork network(random_autoencoder("vae-2.2"));
        const WanVae opened(network.folder.path(), cpu, PrecisionPolicy::float32);
        CHECK(opened.config().pixels_per_latent() == 16);
        CHECK(opened.config().has_shortcuts);
        CHECK(network.stored().parameters() == 704'688'668);
    }
    SECTION("the text encoder") {
        const HollowNetwork network(random_text_encoder("umt5-xxl", 0));
        const Umt5Encoder opened(network.folder.path(), cpu);
        CHECK(opened.config().layers == 24);
        CHECK(opened.config().vocabulary == 256'384);
        CHECK(StoredPart(network.folder.path(), "model").parameters() == 5'680'910'336);
    }
}

TEST_CASE("a name that is not known is answered with those that are", "[bench]") {
    CHECK_THROWS_WITH(random_transformer("t2v-2b", 0),
                      Catch::Contains("t2v-1.3b, t2v-14b, ti2v-5b"));
    CHECK_THROWS_WITH(random_autoencoder("vae"), Catch::Contains("vae-2.1, vae-2.2"));
    CHECK_THROWS_WITH(random_text_encoder("t5", 1), Catch::Contains("umt5-xxl"));
}

TEST_CASE("weights are the same bytes every time, finite, and written once", "[bench]") {
    RandomNetwork small;
    small.name = "small";
    small.file = "diffusion_pytorch_model.safetensors";
    // Tensors that config.json is derived from; the rest of the network is not needed here.
    for (const auto& [name, tensor] : random_transformer("t2v-1.3b", 1).tensors) {
        TensorFacts fewer = tensor;
        for (std::int64_t& size : fewer.shape) size = size > 128 ? 128 : size;
        small.tensors[name] = fewer;
    }
    const TemporaryFolder one;
    const TemporaryFolder two;
    const fs::path made = make_random_network(small, one.path());
    CHECK(fs::exists(made / "config.json"));
    CHECK_FALSE(fs::exists(made / "weights.partial"));
    CHECK(digest_of_file(made / small.file) ==
          digest_of_file(make_random_network(small, two.path()) / small.file));
    const Weights weights(made, "diffusion_pytorch_model");
    CHECK_FALSE(weights.first_not_finite());
    const auto written = fs::last_write_time(made / small.file);
    CHECK(make_random_network(small, one.path()) == made);
    CHECK(fs::last_write_time(made / small.file) == written);
}

}  // namespace nightreel

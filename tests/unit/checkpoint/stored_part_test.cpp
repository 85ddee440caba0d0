#include "pipeline/checkpoint/layout/stored_part.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace nightreel {
namespace {

const std::filesystem::path t2v = "tests/parity/layouts/t2v";

}  // namespace

TEST_CASE("every layout of the same weights has the same tensors with the same bytes", "[part]") {
    const StoredPart diffusers(t2v / "transformer", "diffusion_pytorch_model");
    REQUIRE(diffusers.scheme() == NameScheme::diffusers);
    for (const std::string layout : {"original", "original_sharded", "prefixed"}) {
        CAPTURE(layout);
        const StoredPart part(t2v / layout, "diffusion_pytorch_model");
        REQUIRE(part.scheme() == NameScheme::original_transformer);
        REQUIRE(part.places().size() == diffusers.places().size());
        REQUIRE(part.parameters() == diffusers.parameters());
        for (const auto& [name, place] : diffusers.places()) {
            const StoredPart::Place* other = part.find(name);
            REQUIRE(other != nullptr);
            REQUIRE(other->tensor.shape == place.tensor.shape);
            const auto mine = diffusers.file_of(place).bytes_of(place.tensor);
            const auto theirs = part.file_of(*other).bytes_of(other->tensor);
            REQUIRE(std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end()));
        }
    }
}

TEST_CASE("shards are found by their numbers where no index names them, and none may lack",
          "[part]") {
    const ScratchFolder scratch("part");
    write_zeros(scratch / "model-00001-of-00002.safetensors", {{"a", {2}}});
    REQUIRE_THROWS_WITH(StoredPart(scratch.path(), "model"),
                        Catch::Contains("model-00002-of-00002.safetensors"));
    write_zeros(scratch / "model-00002-of-00002.safetensors", {{"b", {3}}});
    const StoredPart part(scratch.path(), "model");
    REQUIRE(part.contains("a"));
    REQUIRE(part.contains("b"));
    REQUIRE(part.parameters() == 5);
}

TEST_CASE("a tensor stored twice is refused, also under two names", "[part]") {
    const ScratchFolder scratch("part");
    write_zeros(scratch / "model-00001-of-00002.safetensors", {{"a", {2}}});
    write_zeros(scratch / "model-00002-of-00002.safetensors", {{"a", {2}}});
    REQUIRE_THROWS_WITH(StoredPart(scratch.path(), "model"), Catch::Contains("another shard"));
    write_zeros(scratch / "both.safetensors",
                {{"head.modulation", {2}}, {"scale_shift_table", {2}}});
    REQUIRE_THROWS_WITH(StoredPart(scratch / "both.safetensors", ""),
                        Catch::Contains("scale_shift_table") && Catch::Contains("head.modulation"));
}

TEST_CASE("an error names the tensor as the network has it and as it is stored", "[part]") {
    const StoredPart part(t2v / "original", "diffusion_pytorch_model");
    const StoredPart::Place* place = part.find("proj_out.bias");
    REQUIRE(place != nullptr);
    REQUIRE_THAT(part.label_of("proj_out.bias", *place),
                 Catch::EndsWith("proj_out.bias (stored as head.head.bias)"));
}

}  // namespace nightreel

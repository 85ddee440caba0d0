// What a LoRA can reach in a network, told from headers, beside the network itself.

#include "pipeline/checkpoint/layout/lora_fit.h"

#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/error.h"
#include "tests/unit/checkpoint/model_files.h"
#include "tests/unit/preflight/lora_files.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

const std::string bundled = "models/toybox/transformer";

const std::vector<std::string> networks = {
    bundled,
    "tests/parity/lora/peft/transformer",
    "tests/parity/transformer/i2v_image_tokens/transformer",
    "tests/parity/transformer/flf2v_two_images/transformer",
    "tests/parity/transformer/vace_scaled/transformer",
    "tests/parity/transformer/skyreels_fps_16/transformer",
    "tests/parity/transformer/ti2v_token_timesteps/transformer"};

LoraPlaces places_in(const fs::path& folder) {
    return lora_places(StoredPart(folder, "diffusion_pytorch_model"));
}

WanTransformer network_in(const fs::path& folder) {
    return {folder, at::Device(at::kCPU), PrecisionPolicy::float32};
}

// What check says of a file; empty: nothing.
std::string told_by_check(const fs::path& file, const LoraPlaces& places) {
    try {
        require_lora_fits(LoraFile(file), places, "the network");
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

std::string told_by_engine(const fs::path& file, WanTransformer& network) {
    try {
        const WeightedLora lora{std::make_shared<const LoraFile>(file), 1};
        network.set_loras({&lora, 1});
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("the headers of every network tell the places that LoRAs reach in it, with their shapes",
          "[lora]") {
    for (const std::string& folder : networks) {
        CAPTURE(folder);
        const WanTransformer network = network_in(folder);
        const LoraPlaces places = places_in(folder);
        CHECK((network.lora_places() == places));
        REQUIRE(network.lora_slots().names().size() == places.size());
        for (const auto& [name, place] : places) {
            CAPTURE(name);
            if (place.kind == LoraPlace::Kind::parameter) {
                const ParameterSlot* slot = network.lora_slots().find_parameter(name);
                REQUIRE(slot != nullptr);
                CHECK(slot->shape == place.shape);
                continue;
            }
            const LinearSlot* slot = network.lora_slots().find_linear(name);
            REQUIRE(slot != nullptr);
            CHECK(std::vector{slot->out, slot->in} == place.shape);
        }
    }
}

TEST_CASE("what check accepts the engine loads, and what the engine refuses check refuses",
          "[lora]") {
    const ScratchFolder scratch("lora_agreement");
    const fs::path file = scratch / "generated.safetensors";
    for (const std::string& folder : networks) {
        WanTransformer network = network_in(folder);
        const LoraPlaces places = places_in(folder);
        const std::int64_t width = network.config().width();
        const std::int64_t feed_forward = network.config().feed_forward;
        const std::int64_t blocks = network.config().layers;
        for (const LoraNaming& naming : lora_namings()) {
            CAPTURE(folder, naming.name);
            write_lora(file, lora_named(naming, width, feed_forward, blocks));
            REQUIRE(told_by_check(file, places).empty());
            REQUIRE(told_by_engine(file, network).empty());
            for (const LoraFault& fault : lora_faults(naming, width, feed_forward, blocks)) {
                CAPTURE(fault.name);
                write_lora(file, fault.content);
                REQUIRE_FALSE(told_by_check(file, places).empty());
                REQUIRE_FALSE(told_by_engine(file, network).empty());
            }
        }
    }
}

TEST_CASE("what the engine does without, check names, and nothing else", "[lora]") {
    const ScratchFolder scratch("lora_image_branch");
    const fs::path file = scratch / "generated.safetensors";
    WanTransformer network = network_in(bundled);
    const LoraPlaces places = places_in(bundled);
    for (const LoraNaming& naming : lora_namings()) {
        CAPTURE(naming.name);
        LoraContent content = lora_named(naming, 256, 1024, 6);
        const std::size_t fitting = content.tensors.size();
        add_image_branch(content, naming, 256, 6);
        write_lora(file, content);
        const auto left_out = require_lora_fits(LoraFile(file), places, "the network");
        CHECK(left_out.size() == content.tensors.size() - fitting);
        REQUIRE(told_by_engine(file, network).empty());
        std::size_t filled = 0;
        for (const std::string& name : network.lora_slots().names()) {
            const LinearSlot* const slot = network.lora_slots().find_linear(name);
            filled += slot != nullptr ? slot->low_rank.size() : 0;
        }
        CHECK(filled * 2 == fitting);
    }
}

// Differences of everything that the network has, and of one thing more or less in turn.
TEST_CASE("a difference of each single place is accepted by both, and of no place by neither",
          "[lora]") {
    const ScratchFolder scratch("lora_places");
    const fs::path file = scratch / "difference.safetensors";
    for (const std::string& folder : networks) {
        if (folder == bundled) continue;  // names as the others', and larger
        WanTransformer network = network_in(folder);
        const LoraPlaces places = places_in(folder);
        for (const auto& [name, place] : places) {
            const bool is_bias = name.ends_with(".bias");
            const std::string layer = is_bias ? name.substr(0, name.size() - 5) : name;
            for (const std::int64_t more : {0, 1}) {
                CAPTURE(folder, name, more);
                std::vector<std::int64_t> shape = place.shape;
                shape.back() += more;
                LoraContent content;
                content.tensors[layer + (is_bias ? ".diff_b" : ".diff")] = {ElementType::float32,
                                                                            shape};
                write_lora(file, content);
                const bool is_accepted = told_by_check(file, places).empty();
                CHECK(is_accepted == (more == 0));
                CHECK(told_by_engine(file, network).empty() == is_accepted);
            }
        }
    }
}

}  // namespace nightreel

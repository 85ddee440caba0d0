#pragma once
// Networks of true sizes with random weights, to be timed where no real ones are at hand. The file
// is written in one pass from one small block of seeded values, scaled for each tensor, so that 28
// GB need neither memory nor patience. One thread.
// Sources of the sizes: diffusers, scripts/convert_wan_to_diffusers.py and models/autoencoders/
// autoencoder_kl_wan.py; the config.json of google/umt5-xxl.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "pipeline/checkpoint/format/safetensors_header.h"

namespace nightreel {

using RandomTensors = std::map<std::string, TensorFacts, std::less<>>;

struct RandomNetwork {
    std::string name;  // of its folder: "t2v-1.3b-30"
    std::string file;  // of its weights
    RandomTensors tensors;
};

// Of each the names there are, for people: "vae-2.1, vae-2.2". Another name is Error{usage}, which
// lists them. `layers` 0: as many as the published model has.
std::string random_transformer_names();
RandomNetwork random_transformer(std::string_view name, std::int64_t layers);
std::string random_autoencoder_names();
RandomNetwork random_autoencoder(std::string_view name);
std::string random_text_encoder_names();
RandomNetwork random_text_encoder(std::string_view name, std::int64_t layers);

// SCRATCH/NAME with weights and config.json, kept when it is there already and whole.
// Error{unavailable} when the disk has no room for it.
std::filesystem::path make_random_network(const RandomNetwork& network,
                                          const std::filesystem::path& scratch);

}  // namespace nightreel

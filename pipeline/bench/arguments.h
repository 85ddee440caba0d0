#pragma once
// What `nightreel-bench` is asked. A value; each option is described once, in the table of
// the source file.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "shotspec/card/precision_policy.h"

namespace nightreel {

struct BenchArguments {
    std::string part;  // "transformer", "vae", "text"
    std::filesystem::path model;
    std::string random;
    std::filesystem::path scratch = std::filesystem::temp_directory_path() / "nightreel-bench";
    std::int64_t layers = 0;  // 0: as many as the model has
    std::int64_t width = 480;
    std::int64_t height = 320;
    std::int64_t frames = 5;
    std::int64_t batch = 1;
    bool encode = false;                       // of an autoencoder: pictures to latents
    std::filesystem::path inputs;              // latents, timesteps, text; none: drawn from a seed
    std::filesystem::path output;              // where the velocity is written; none: nowhere
    std::optional<PrecisionPolicy> precision;  // none: chosen
    std::string device = "cpu";
    int threads = 1;
    std::int64_t repeat = 1;
    std::int64_t memory_bytes = 0;  // 0: no limit
};

// Error{usage} with bench_usage() for what is wrong, and where nothing is asked.
BenchArguments read_bench_arguments(std::span<const std::string> arguments);

// The parts, their models and every option, for people.
std::string bench_usage();

}  // namespace nightreel

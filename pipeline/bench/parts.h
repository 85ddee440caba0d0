#pragma once
// The networks that bench times, each with what is its own: a JSON line for each run. One thread.

#include <c10/core/Device.h>

#include "pipeline/bench/arguments.h"

namespace nightreel {

void bench_transformer(const BenchArguments& asked, c10::Device device);
void bench_autoencoder(const BenchArguments& asked, c10::Device device);
void bench_text_encoder(const BenchArguments& asked, c10::Device device);

// DIR/PART of a whole model, or the folder of the part itself.
std::filesystem::path bench_folder(const std::filesystem::path& model, const char* part);

}  // namespace nightreel

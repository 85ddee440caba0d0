#include "pipeline/bench/bench.h"

#include <array>
#include <string_view>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "pipeline/bench/approximations.h"
#include "pipeline/bench/parts.h"
#include "pipeline/model/tensor/device.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

struct Part {
    std::string_view name;
    void (*bench)(const BenchArguments& asked, c10::Device device);
};

constexpr auto parts = std::to_array<Part>(
    {{"transformer", bench_transformer}, {"vae", bench_autoencoder}, {"text", bench_text_encoder}});

}  // namespace

std::filesystem::path bench_folder(const std::filesystem::path& model, const char* part) {
    return std::filesystem::exists(model / part) ? model / part : model;
}

int run_bench(std::span<const std::string> arguments) {
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
        answer("{}\n", bench_usage());
        return 0;
    }
    if (!arguments.empty() && arguments[0] == "approximations") {
        return run_approximation_bench(arguments.subspan(1));
    }
    const BenchArguments asked = read_bench_arguments(arguments);
    const at::Device device = open_device(asked.device);
    at::set_num_threads(asked.threads);
    at::manual_seed(1);
    const c10::InferenceMode inference;
    for (const Part& part : parts) {
        if (part.name != asked.part) continue;
        part.bench(asked, device);
        return 0;
    }
    throw Error(ErrorKind::usage, fmt::format("unknown part {}\n{}", asked.part, bench_usage()));
}

}  // namespace nightreel

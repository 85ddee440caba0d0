// Times one decode of latents by an autoencoder and tells what memory it took. One JSON line.
//
//     vae_bench [FOLDER LATENTS.safetensors PRECISION THREADS FRAMES.safetensors]
//
// Without arguments: the tiny autoencoder of the tests. Latents are denormalised [b, z, t, h, w],
// named "latents"; frames are written as "frames" for comparison with another implementation.

#include <chrono>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "pipeline/model/vae/vae.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// Of this program: what getrusage says would have begun with its parent's.
double peak_megabytes() {
    std::ifstream status("/proc/self/status");
    std::string word;
    double kilobytes = 0;
    while (status >> word) {
        if (word == "VmHWM:") status >> kilobytes;
    }
    return kilobytes / 1024;
}

struct Call {
    std::string folder = "tests/parity/vae/wan21/vae";
    std::string precision = "float32";
    int threads = 1;
    at::Tensor latents;
    std::string frames_file;
};

Call call_of(const std::vector<std::string>& arguments) {
    Call call;
    if (arguments.size() == 5) {
        call.folder = arguments[0];
        call.latents = read_safetensors(arguments[1]).at("latents").to(at::kFloat).clone();
        call.precision = arguments[2];
        call.threads = std::stoi(arguments[3]);
        call.frames_file = arguments[4];
    } else {
        at::manual_seed(1);
        call.latents = at::randn({1, 16, 3, 8, 12});
    }
    return call;
}

void bench(const Call& call) {
    at::set_num_threads(call.threads);
    const double before = peak_megabytes();
    const WanVae vae(call.folder, at::Device(at::kCPU), precision_policy_named(call.precision));
    const double loaded = peak_megabytes();
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    const at::Tensor frames = vae.decode(call.latents);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    const double processor_seconds = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
    fmt::print(
        "{{\"bench\":\"vae_decode\",\"precision\":\"{}\",\"threads\":{},\"height\":{},"
        "\"width\":{},\"frames\":{},\"seconds\":{:.3f},\"processor_seconds\":{:.3f},\"start_mb\":{:"
        ".0f},"
        "\"loaded_mb\":{:.0f},\"peak_mb\":{:.0f}}}\n",
        call.precision,
        call.threads,
        frames.size(3),
        frames.size(4),
        frames.size(2),
        spent.count(),
        processor_seconds,
        before,
        loaded,
        peak_megabytes());
    if (!call.frames_file.empty()) {
        write_safetensors(call.frames_file, {{"frames", frames.contiguous()}});
    }
}

}  // namespace
}  // namespace nightreel

int main(int argc, char** argv) {
    nightreel::limit_tensor_libraries();
    nightreel::bench(nightreel::call_of(std::vector<std::string>(argv + 1, argv + argc)));
    return 0;
}

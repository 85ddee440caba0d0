// Times one guided step of the bundled transformer (two clips of 5 latent frames, 120 tokens each)
// in float32 and in bf16, turn about, on one thread. One JSON line each, and one with the ratio.

#include <algorithm>
#include <chrono>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

constexpr int rounds = 15;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

class Step {
  public:
    explicit Step(PrecisionPolicy policy)
        : network_("models/toybox/transformer", at::Device(at::kCPU), policy),
          text_(network_.prepare_text(at::randn({2, 512, 128}))) {}

    double milliseconds() {
        const auto begin = std::chrono::steady_clock::now();
        network_.forward(latents_, at::full({2}, 500.0), text_);
        const std::chrono::duration<double, std::milli> spent =
            std::chrono::steady_clock::now() - begin;
        return spent.count();
    }

  private:
    WanTransformer network_;
    TextContext text_;
    at::Tensor latents_ = at::randn({2, 16, 5, 8, 12});
};

void bench() {
    at::set_num_threads(1);
    at::manual_seed(1);
    const at::InferenceMode inference;
    Step full(PrecisionPolicy::float32);
    Step half(PrecisionPolicy::diffusers_exact);
    std::vector<double> full_ms;
    std::vector<double> half_ms;
    full.milliseconds();
    half.milliseconds();
    for (int round = 0; round < rounds; ++round) {
        full_ms.push_back(full.milliseconds());
        half_ms.push_back(half.milliseconds());
    }
    constexpr const char* line =
        "{{\"bench\":\"transformer_step_{}\",\"median_ms\":{:.2f},\"runs\":{}}}\n";
    fmt::print(fmt::runtime(line), "float32", median(full_ms), rounds);
    fmt::print(fmt::runtime(line), "bfloat16", median(half_ms), rounds);
    fmt::print("{{\"bench\":\"transformer_step_speedup_of_bfloat16\",\"ratio\":{:.2f}}}\n",
               median(full_ms) / median(half_ms));
}

}  // namespace
}  // namespace nightreel

int main() {
    nightreel::limit_tensor_libraries();
    nightreel::bench();
    return 0;
}

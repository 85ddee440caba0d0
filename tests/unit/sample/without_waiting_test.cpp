// A GPU is never asked for a number between steps. Tensors of the device "meta" have shapes and no
// data, and whoever asks them for a value is refused: what runs on them waits for nothing.

#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <c10/core/GradMode.h>
#include <catch2/catch.hpp>
#include <torch/library.h>

#include "pipeline/model/transformer/transformer.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr const char* toybox = "models/toybox/transformer";
const at::TensorOptions no_data = at::TensorOptions().device(at::kMeta).dtype(at::kFloat);

// A clip that begins with a given frame, behind a reference.
SegmentTensors segment_of(const WanConfig& config, std::int64_t frames) {
    SegmentTensors segment;
    segment.noise_bcfhw = at::empty({1, config.channels_in, frames, 6, 10}, no_data);
    segment.clean_bcfhw = at::empty_like(segment.noise_bcfhw);
    segment.is_clean.assign(static_cast<std::size_t>(frames), false);
    segment.is_clean.front() = true;
    segment.references_bcrhw = at::empty({1, config.channels_in, 1, 6, 10}, no_data);
    segment.fresh_noise = [noise = segment.noise_bcfhw](int) { return at::empty_like(noise); };
    return segment;
}

// Of these LibTorch has shapes in its Python part alone.

at::Tensor chosen(const at::Tensor& condition, const at::Tensor& yes, const at::Tensor& no) {
    return at::empty(at::infer_size(at::infer_size(condition.sizes(), yes.sizes()), no.sizes()),
                     yes.options());
}

at::Tensor& chosen_into(const at::Tensor& condition,
                        const at::Tensor& yes,
                        const at::Tensor& no,
                        at::Tensor& out) {
    out.resize_(chosen(condition, yes, no).sizes());
    return out;
}

using Normed = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

Normed normed(const at::Tensor& x,
              at::IntArrayRef shape,
              const std::optional<at::Tensor>& weight,
              const std::optional<at::Tensor>& bias,
              double epsilon) {
    (void)shape, (void)weight, (void)bias, (void)epsilon;
    const at::Tensor moments = at::empty(x.sizes().slice(0, 1), x.options());
    return {at::empty_like(x), moments, moments};
}

at::Tensor selected(const at::Tensor& x, std::int64_t axis, const at::Tensor& index) {
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.at(static_cast<std::size_t>(axis)) = index.numel();
    return at::empty(shape, x.options());
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
    library.impl("index_select", selected);
    library.impl("where.self", chosen);
    library.impl("where.self_out", chosen_into);
    library.impl("native_layer_norm", normed);
}

}  // namespace

TEST_CASE("asking a tensor without data for a number is refused", "[sample]") {
    CHECK_THROWS(at::empty({1}, no_data).item<float>());
    CHECK_THROWS(at::empty({1}, no_data).to(at::kCPU));
}

TEST_CASE("no step of a segment asks the device for a number", "[sample]") {
    const c10::NoGradGuard no_grad;
    for (const PrecisionPolicy policy : {PrecisionPolicy::float32, PrecisionPolicy::fast}) {
        const WanTransformer model(toybox, at::Device(at::kMeta), policy);
        const WanConfig& config = model.config();
        const Velocity velocity = velocity_of(model, at::empty({2, 7, config.text}, no_data));
        for (const Solver solver : {Solver::euler, Solver::unipc, Solver::dpm, Solver::few_step}) {
            const SegmentTensors segment = segment_of(config, 4);
            const SamplingPlan plan{uniform_grid(4, 3), solver, 5.0};
            int steps = 0;
            const at::Tensor latents =
                sample_latents(velocity, segment, plan, [&](const SampledStep& step) {
                    CHECK(step.timesteps.is_cpu());
                    ++steps;
                });
            CHECK(latents.sizes() == segment.noise_bcfhw.sizes());
            CHECK(steps == 4);
        }
    }
}

TEST_CASE("no call of diffusion forcing asks the device for a number", "[sample]") {
    const c10::NoGradGuard no_grad;
    const WanTransformer model(toybox, at::Device(at::kMeta), PrecisionPolicy::float32);
    const Velocity velocity = velocity_of(model, at::empty({2, 7, model.config().text}, no_data));
    for (const Solver solver : {Solver::euler, Solver::unipc}) {
        SegmentTensors segment = segment_of(model.config(), 4);
        segment.references_bcrhw = at::Tensor();
        SamplingPlan plan{uniform_grid(4, 3), solver, 5.0};
        plan.forcing = ForcingSettings{.block = 1, .lag = 1, .history_noise = 20};
        int calls = 0;
        (void)sample_latents(velocity, segment, plan, [&](const SampledStep& step) {
            CHECK(step.timesteps.is_cpu());
            ++calls;
        });
        CHECK(calls > 4);
    }
}

TEST_CASE("the sum of all answers tells whether one was not finite, and a weight is blamed",
          "[sample]") {
    const WanTransformer model(
        "tests/parity/bad/nan_weight/transformer", at::Device(at::kMeta), PrecisionPolicy::float32);
    constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK_NOTHROW(model.refuse_unless_finite(at::full({}, 1e30, at::kDouble)));
    for (const double bad : {not_a_number, infinity, -infinity}) {
        const at::Tensor sum = at::full({}, bad, at::kDouble) + at::full({}, 3.0, at::kDouble);
        std::optional<ErrorKind> kind;
        std::string text;
        try {
            model.refuse_unless_finite(sum);
        } catch (const Error& error) {
            kind = error.kind();
            text = error.what();
        }
        CHECK(kind == ErrorKind::bad_input);
        CHECK_THAT(text, Catch::Contains("not finite") && Catch::Contains("proj_out.bias"));
    }
}

}  // namespace nightreel

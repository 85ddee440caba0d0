// What must hold on a GPU and can only be seen there: own kernels beside ATen's operations, the
// device beside the CPU, and that no step waits. The device is NIGHTREEL_DEVICE, or cuda:0; figures
// are printed as JSON lines. On `cpu` the same comparisons run with what a CPU has.

#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/model/tensor/attention.h"
#include "pipeline/model/tensor/device.h"
#include "pipeline/model/tensor/float8_matrix.h"
#include "pipeline/model/tensor/tokens/operators.h"
#include "pipeline/model/tensor/tokens/passes.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/model/vae/vae.h"
#include "pipeline/sample/segment_sampler.h"
#include "pipeline/sample/segment_velocity.h"
#include "tests/gpu/waits.h"

namespace nightreel {
namespace {

constexpr double epsilon = 1e-6;
constexpr const char* toybox_transformer = "models/toybox/transformer";
constexpr const char* toybox_vae = "models/toybox/vae";

at::Device device() {
    static const at::Device opened = [] {
        const char* name = std::getenv("NIGHTREEL_DEVICE");
        return open_device(name == nullptr ? "cuda:0" : name);
    }();
    return opened;
}

void wait() {
    if (device().is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(device().index());
}

// The least of a few, after one that is not counted.
double seconds_of(const std::function<void()>& work) {
    constexpr int runs = 5;
    double least = 1e9;
    for (int run = 0; run <= runs; ++run) {
        wait();
        const auto begin = std::chrono::steady_clock::now();
        work();
        wait();
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        if (run > 0) least = std::min(least, spent.count());
    }
    return least;
}

double relative_error(const at::Tensor& found, const at::Tensor& exact) {
    const at::Tensor wanted = exact.to(at::kCPU, at::kDouble);
    const at::Tensor gap = found.to(at::kCPU, at::kDouble) - wanted;
    return (gap.square().sum() / wanted.square().sum()).sqrt().item<double>();
}

double largest(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

// Values up to 20 or so: the last digits of float32, a step of the others.
double tolerance_of(at::ScalarType type) {
    if (type == at::kFloat) return 1e-4;
    return type == at::kHalf ? 0.02 : 0.15;
}

// A time for each of some frames, on the device.
TimeModulation time_of(std::int64_t frames) {
    TimeModulation time;
    time.batch = 1;
    time.groups = frames;
    time.index = at::arange(frames, at::kLong).remainder(3).to(device());
    return time;
}

struct Compared {
    const char* pass;
    std::int64_t width;
    at::ScalarType type;
    double error;
    double seconds;
    double plain_seconds;
    double bytes;
};

void report(const Compared& compared) {
    fmt::print(
        "{{\"law\":\"kernels\",\"pass\":\"{}\",\"own\":{},\"width\":{},\"type\":\"{}\","
        "\"largest_error\":{:.3g},\"seconds\":{:.6f},\"plain_seconds\":{:.6f},"
        "\"bytes_per_second\":{:.3g}}}\n",
        compared.pass,
        has_token_operators(),
        compared.width,
        c10::toString(compared.type),
        compared.error,
        compared.seconds,
        compared.plain_seconds,
        compared.bytes / compared.seconds);
    CHECK(compared.error <= tolerance_of(compared.type));
}

// Tokens of 480p81 on a GPU; enough for the comparison on a CPU.
std::int64_t frames_of_clip() {
    return device().is_cuda() ? 21 : 3;
}

std::int64_t tokens_of_clip() {
    return frames_of_clip() * (device().is_cuda() ? 1560 : 16);
}

constexpr std::array<at::ScalarType, 3> types{at::kBFloat16, at::kHalf, at::kFloat};

struct Passes {
    std::int64_t width;
    at::ScalarType type;
    TimeModulation time = time_of(frames_of_clip());

    at::Tensor numbers(at::IntArrayRef shape) const {
        return at::randn(shape, at::TensorOptions().device(device())).mul_(2).to(type);
    }

    at::Tensor rows() const { return at::randn({3, width}).to(device()); }

    double bytes(int passes) const {
        return static_cast<double>(passes * tokens_of_clip() * width) *
               static_cast<double>(c10::elementSize(type));
    }

    void norm() const {
        const at::Tensor x = numbers({1, tokens_of_clip(), width});
        const at::Tensor shift = rows();
        const at::Tensor scale = rows();
        const auto own = [&] { return modulated_norm(x, time, shift, scale, epsilon, type); };
        const auto plain = [&] {
            return plain::modulated_norm(x, time, shift, scale, epsilon, type);
        };
        report({"modulated_norm",
                width,
                type,
                largest(own(), plain()),
                seconds_of([&] { (void)own(); }),
                seconds_of([&] { (void)plain(); }),
                bytes(2)});
    }

    void gate() const {
        at::Tensor x = numbers({1, tokens_of_clip(), width});
        at::Tensor twin = x.clone();
        const at::Tensor y = numbers({1, tokens_of_clip(), width});
        const at::Tensor gate = rows();
        add_gated(x, y, time, gate);
        plain::add_gated(twin, y, time, gate);
        const double error = largest(x, twin);
        report({"add_gated",
                width,
                type,
                error,
                seconds_of([&] { add_gated(x, y, time, gate); }),
                seconds_of([&] { plain::add_gated(twin, y, time, gate); }),
                bytes(3)});
    }

    void rotate() const {
        constexpr std::int64_t head = 128;
        const std::int64_t heads = width / head;
        const at::Tensor x = numbers({1, tokens_of_clip(), 3, width});
        const at::Tensor twin = x.clone();
        const at::Tensor weight = at::randn({2, width}).to(device());
        const at::Tensor angles = at::randn({tokens_of_clip(), head / 2}).mul_(6).to(device());
        const at::Tensor rotations = at::complex(angles.cos(), angles.sin());
        norm_and_rotate(x.narrow(2, 0, 2), weight, rotations, heads, epsilon);
        plain::norm_and_rotate(twin.narrow(2, 0, 2), weight, rotations, heads, epsilon);
        const double error = largest(x, twin);
        report({"norm_and_rotate",
                width,
                type,
                error,
                seconds_of(
                    [&] { norm_and_rotate(x.narrow(2, 0, 2), weight, rotations, heads, epsilon); }),
                seconds_of([&] {
                    plain::norm_and_rotate(twin.narrow(2, 0, 2), weight, rotations, heads, epsilon);
                }),
                bytes(4)});
    }
};

at::Tensor toybox_velocity(const at::Device& where, PrecisionPolicy policy) {
    at::manual_seed(3);
    const WanTransformer model(toybox_transformer, where, policy);
    const WanConfig& config = model.config();
    const at::Tensor latents = at::randn({2, config.channels_in, 3, 12, 8});
    const at::Tensor text = at::randn({2, 7, config.text});
    return model.forward(latents, at::full({2}, 700.0), model.prepare_text(text));
}

void compare(const char* what, double error, double limit) {
    fmt::print(
        "{{\"law\":\"near_the_cpu\",\"what\":\"{}\",\"relative_error\":{:.3g},\"limit\":{}}}\n",
        what,
        error,
        limit);
    CHECK(error <= limit);
}

}  // namespace

TEST_CASE("a pass over tokens is ATen's, whatever they are held in") {
    const c10::NoGradGuard no_grad;
    at::manual_seed(1);
    for (const std::int64_t width : {256, 1536, 3072, 5120}) {
        for (const at::ScalarType type : types) {
            const Passes passes{width, type};
            passes.norm();
            passes.gate();
            passes.rotate();
        }
    }
}

TEST_CASE("tokens are rounded to e4m3 as ATen rounds them") {
    const c10::NoGradGuard no_grad;
    for (const at::ScalarType type : types) {
        at::manual_seed(2);
        const at::Tensor x = at::randn({77, 13824}).to(device(), type);
        const auto [wanted, wanted_scales] = plain::round_to_e4m3(x);
        if (!can_take_rows(x)) continue;  // no kernels of our own: there is one way only
        const auto [found, scales] = operators::round_to_e4m3(x);
        CHECK(at::equal(found.to(at::kFloat), wanted.to(at::kFloat)));
        CHECK(at::equal(scales, wanted_scales));
    }
}

TEST_CASE("the bundled model says on the device what it says on a CPU") {
    const c10::NoGradGuard no_grad;
    const at::Tensor exact = toybox_velocity(at::Device(at::kCPU), PrecisionPolicy::float32);
    const auto error = [&](PrecisionPolicy policy) {
        return relative_error(toybox_velocity(device(), policy), exact);
    };
    compare("toybox float32", error(PrecisionPolicy::float32), 1e-4);
    compare("toybox wan-exact", error(PrecisionPolicy::wan_exact), 0.02);
    compare("toybox fast", error(PrecisionPolicy::fast), 0.03);
    if (device().is_cuda() && cuda_capability(device()) >= 89) {
        compare("toybox fp8", error(PrecisionPolicy::eight_bit_floats), 0.15);
    }
}

TEST_CASE("frames of the bundled model are the CPU's, and in bf16 near them") {
    const c10::NoGradGuard no_grad;
    at::manual_seed(4);
    const WanVae exact(toybox_vae, at::Device(at::kCPU), PrecisionPolicy::float32);
    const at::Tensor latents = at::randn({1, exact.config().latent_channels, 3, 8, 12});
    const at::Tensor wanted = exact.decode(latents);
    const auto error = [&](PrecisionPolicy policy) {
        return relative_error(WanVae(toybox_vae, device(), policy).decode(latents), wanted);
    };
    compare("toybox frames float32", error(PrecisionPolicy::float32), 1e-4);
    compare("toybox frames fast", error(PrecisionPolicy::fast), 0.03);
}

TEST_CASE("fp8 products are those of the same numbers in float32") {
    const c10::NoGradGuard no_grad;
    if (device().is_cuda() && cuda_capability(device()) < 89) {
        WARN("this GPU has no fp8");
        return;
    }
    at::manual_seed(5);
    const at::Tensor weight = at::randn({1024, 5120}).to(at::kBFloat16);
    const at::Tensor x = at::randn({300, 5120}).to(at::kBFloat16);
    const at::Tensor bias = at::randn({1024}).to(at::kBFloat16);
    const auto product = [&](const at::Device& where) {
        const Float8Matrix matrix(weight.to(where));
        at::Tensor y =
            at::empty({300, 1024}, at::TensorOptions().device(where).dtype(at::kBFloat16));
        matrix.into(x.to(where), bias.to(where), y);
        return y;
    };
    compare("fp8 product", relative_error(product(device()), product(at::kCPU)), 0.005);
}

TEST_CASE("attention is ATen's in float32, and its speed is printed") {
    const c10::NoGradGuard no_grad;
    const std::int64_t heads = 12;
    const std::int64_t size = 128;
    const auto tokens = [&](std::int64_t count) {
        return at::randn({1, count, 3, heads, size}).to(device(), at::kBFloat16);
    };
    const auto attend = [](const at::Tensor& x_bn3he) {
        const auto part = [&](std::int64_t i) { return x_bn3he.select(2, i).transpose(1, 2); };
        return attention(part(0), part(1), part(2));
    };
    const at::Tensor few = tokens(333);
    const at::Tensor exact = attend(few.to(at::kCPU, at::kFloat));
    compare("attention in bf16", relative_error(attend(few), exact), 0.01);
    const std::int64_t count = device().is_cuda() ? 32760 : 256;
    const at::Tensor many = tokens(count);
    const double seconds = seconds_of([&] { (void)attend(many); });
    const double operations = 4.0 * static_cast<double>(count * count * heads * size);
    fmt::print(
        "{{\"law\":\"attention\",\"tokens\":{},\"heads\":{},\"seconds\":{:.6f},"
        "\"flops_per_second\":{:.4g}}}\n",
        count,
        heads,
        seconds,
        operations / seconds);
}

TEST_CASE("no step of a segment waits for the device") {
    const c10::NoGradGuard no_grad;
    if (!device().is_cuda()) {
        WARN("a CPU is never waited for");
        return;
    }
    const std::int64_t before = waits_for_device();
    (void)at::ones({1}).to(device()).item<float>();
    REQUIRE(waits_for_device() > before);  // the counter is in the way of LibTorch's calls

    for (const PrecisionPolicy policy : {PrecisionPolicy::float32, PrecisionPolicy::fast}) {
        const WanTransformer model(toybox_transformer, device(), policy);
        const WanConfig& config = model.config();
        const auto noise = [&](int) {
            return uploaded(at::randn({1, config.channels_in, 4, 12, 8}), device());
        };
        const Velocity velocity = velocity_of(model, at::randn({2, 7, config.text}).to(device()));
        for (const Solver solver : {Solver::euler, Solver::unipc, Solver::dpm, Solver::few_step}) {
            SegmentTensors segment;
            segment.noise_bcfhw = noise(0);
            segment.fresh_noise = noise;
            const SamplingPlan plan{uniform_grid(6, 3), solver, 5.0};
            // The first step may set kernels up; the last may not wait either.
            std::vector<std::int64_t> waits;
            (void)sample_latents(velocity, segment, plan, [&](const SampledStep&) {
                waits.push_back(waits_for_device());
            });
            fmt::print("{{\"law\":\"waits\",\"solver\":{},\"policy\":\"{}\",\"waits\":{}}}\n",
                       static_cast<int>(solver),
                       word_of(policy),
                       waits.back() - waits.front());
            CHECK(waits.back() == waits.front());
        }
    }
}

}  // namespace nightreel

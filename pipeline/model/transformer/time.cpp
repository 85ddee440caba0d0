#include "pipeline/model/transformer/time.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/device.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

struct GroupedTimes {
    std::vector<float> different;
    std::vector<std::int64_t> index;
    std::int64_t groups = 0;
};

// Fewest groups that say the same: one, or one a frame, or one a token.
std::int64_t least_groups(const at::TensorAccessor<float, 2>& times, std::int64_t frames) {
    const auto is_constant_in = [&](std::int64_t parts) {
        const std::int64_t columns = times.size(1);
        if (columns % parts != 0) return false;
        const std::int64_t part = columns / parts;
        for (std::int64_t b = 0; b < times.size(0); ++b) {
            for (std::int64_t i = 0; i < columns; ++i) {
                if (times[b][i] != times[b][i / part * part]) return false;
            }
        }
        return true;
    };
    if (is_constant_in(1)) return 1;
    return is_constant_in(frames) ? frames : times.size(1);
}

GroupedTimes group_times(const at::Tensor& timesteps,
                         std::int64_t frames,
                         std::int64_t tokens_per_frame) {
    at::Tensor given = timesteps.to(at::kCPU, at::kFloat);
    if (given.dim() == 1) given = given.unsqueeze(1);
    NIGHTREEL_CHECK(given.dim() == 2, "timesteps are [batch], [batch, frames] or [batch, tokens]");
    const std::int64_t columns = given.size(1);
    NIGHTREEL_CHECK(columns == 1 || columns == frames || columns == frames * tokens_per_frame,
                    "one timestep, or one for each latent frame, or one for each token");
    const auto times = given.accessor<float, 2>();
    GroupedTimes grouped;
    grouped.groups = least_groups(times, frames);
    for (std::int64_t b = 0; b < given.size(0); ++b) {
        for (std::int64_t g = 0; g < grouped.groups; ++g) {
            const float time = times[b][g * (columns / grouped.groups)];
            const auto found = std::ranges::find(grouped.different, time);
            grouped.index.push_back(found - grouped.different.begin());
            if (found == grouped.different.end()) grouped.different.push_back(time);
        }
    }
    return grouped;
}

// cos and sin of t * 10000^(-i / half), in the type of `times_u`: diffusers computes it in float32
// for Wan and in float64 for SkyReels-V2.
at::Tensor sinusoid_of(const at::Tensor& times_u, std::int64_t size) {
    const std::int64_t half = size / 2;
    const at::Tensor exponent = at::arange(half, times_u.options())
                                    .mul_(-std::log(10000.0))
                                    .div_(static_cast<double>(half));
    const at::Tensor angles = times_u.unsqueeze(1) * exponent.exp_();
    return at::cat({angles.cos(), angles.sin()}, 1).to(at::kFloat);
}

}  // namespace

WanTimeEmbedder::WanTimeEmbedder(const LayerReader& reader, const WanConfig& config)
    : sinusoid_(config.sinusoid),
      angles_(config.kind == WanKind::skyreels ? at::kDouble : at::kFloat) {
    // The sinusoid and its two layers are in float32 under every policy: bf16 cannot tell timestep
    // 998 from 1000.
    const LayerReader exact{reader.weights, reader.device, at::kFloat, reader.slots};
    const std::string prefix = "condition_embedder.";
    first_ = exact.linear(prefix + "time_embedder.linear_1", config.width(), config.sinusoid);
    second_ = exact.linear(prefix + "time_embedder.linear_2", config.width(), config.width());
    project_ = reader.linear(prefix + "time_proj", 6 * config.width(), config.width());
    if (!config.knows_rate) return;
    const std::int64_t d = config.width();
    rate_table_2d_ = reader.parameter("fps_embedding.weight", {2, d});
    rate_first_ = exact.linear("fps_projection.net.0.proj", d, d);
    rate_second_ = exact.linear("fps_projection.net.2", 6 * d, d);
}

at::Tensor WanTimeEmbedder::rate_rows(double rate) const {
    // Two rows were learned: for 16 frames a second and for all other rates.
    constexpr double first_rate = 16.0;
    const at::Tensor row = rate_table_2d_().narrow(0, rate == first_rate ? 0 : 1, 1);
    return rate_second_(at::silu(rate_first_(row))).view({1, 6, row.size(1)});
}

TimeModulation WanTimeEmbedder::operator()(const at::Tensor& timesteps,
                                           std::int64_t frames,
                                           std::int64_t tokens_per_frame,
                                           std::optional<double> rate,
                                           const Watch& watch) const {
    NIGHTREEL_CHECK(rate.has_value() == rate_table_2d_.value.defined(),
                    "a frame rate exactly for models that were trained with one");
    const GroupedTimes grouped = group_times(timesteps, frames, tokens_per_frame);
    const at::Device device = first_.weight.device();
    TimeModulation modulation;
    modulation.batch = timesteps.size(0);
    modulation.groups = grouped.groups;
    modulation.index = uploaded(at::tensor(grouped.index, at::kLong), device);
    // Made on the host: a handful of rows, and the same on every device.
    const at::Tensor sinusoid = uploaded(
        sinusoid_of(at::tensor(grouped.different, at::kFloat).to(angles_), sinusoid_), device);
    const at::Tensor embedded =
        second_(at::silu(first_(sinusoid))).to(project_.weight.scalar_type());
    const at::Tensor projected = project_(at::silu(embedded)).to(at::kFloat);
    if (watch) {
        watch("time.sinusoid", sinusoid.index_select(0, modulation.index));
        watch("time.temb", embedded.index_select(0, modulation.index));
        watch("time.proj", projected.index_select(0, modulation.index));
    }
    modulation.embedded_ud = embedded.to(at::kFloat);
    modulation.projected_u6d = projected.view({projected.size(0), 6, embedded.size(1)});
    if (rate) modulation.projected_u6d = modulation.projected_u6d + rate_rows(*rate);
    return modulation;
}

}  // namespace nightreel

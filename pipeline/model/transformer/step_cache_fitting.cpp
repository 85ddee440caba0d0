#include "pipeline/model/transformer/step_cache_fitting.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

double estimated_change(const StepCacheFit& fit, double embedding_change) {
    double value = 0;
    for (const double coefficient : fit.coefficients) {
        value = value * embedding_change + coefficient;
    }
    return std::abs(value);
}

StepCacheFit fit_step_cache(std::span<const StepChange> changes) {
    constexpr auto count = static_cast<std::int64_t>(step_cache_coefficients);
    const auto steps = static_cast<std::int64_t>(changes.size());
    // Powers of values up to 1 stay of one size.
    double largest = 0;
    for (const StepChange& change : changes) largest = std::max(largest, change.embedding);
    at::Tensor powers = at::empty({steps, count}, at::kDouble);
    at::Tensor outputs = at::empty({steps, 1}, at::kDouble);
    auto power_at = powers.accessor<double, 2>();
    auto output_at = outputs.accessor<double, 2>();
    for (std::int64_t i = 0; i < steps; ++i) {
        const StepChange& change = changes[static_cast<std::size_t>(i)];
        output_at[i][0] = change.output;
        double power = 1;
        for (std::int64_t k = count; k-- > 0; power *= change.embedding / largest) {
            power_at[i][k] = power;
        }
    }
    StepCacheFit fit;
    if (steps >= count && largest > 0) {
        const auto [solution, residuals, rank, singular] =
            at::linalg_lstsq(powers, outputs, {}, "gelsd");
        if (rank.item<std::int64_t>() == count) {
            const auto found = solution.accessor<double, 2>();
            for (std::int64_t k = 0; k < count; ++k) {
                fit.coefficients.push_back(found[k][0] /
                                           std::pow(largest, static_cast<double>(count - 1 - k)));
            }
            return fit;
        }
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("step cache: {} changes from step to step do not determine {} "
                            "coefficients; sample with more steps",
                            steps,
                            count));
}

}  // namespace nightreel

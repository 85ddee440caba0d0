#include "pipeline/picture/colour/colour_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr std::size_t channels = 3;
constexpr std::size_t unknowns = 4;
constexpr double ridge_share = 1e-4;  // of the number of pixels
constexpr double trimmed_share = 0.02;

using Row = std::array<double, unknowns>;
using Weights = std::array<Row, channels>;

Row input_of(const float* pixel) {
    return {pixel[0], pixel[1], pixel[2], 1};
}

double mapped(const Row& weights, const Row& in) {
    double sum = 0;
    for (std::size_t j = 0; j < unknowns; ++j) sum += weights[j] * in[j];
    return sum;
}

double squared_error(const Weights& weights, const float* seen, const float* wanted) {
    const Row in = input_of(seen);
    double sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const double difference = mapped(weights[channel], in) - double{wanted[channel]};
        sum += difference * difference;
    }
    return sum;
}

// Sums of products over pixels.
struct Normal {
    std::array<Row, unknowns> products{};
    Weights targets{};
    double count = 0;

    void add(const float* seen, const float* wanted) {
        const Row in = input_of(seen);
        for (std::size_t i = 0; i < unknowns; ++i) {
            for (std::size_t j = 0; j < unknowns; ++j) products[i][j] += in[i] * in[j];
            for (std::size_t channel = 0; channel < channels; ++channel) {
                targets[channel][i] += in[i] * double{wanted[channel]};
            }
        }
        count += 1;
    }

    // Gaussian elimination; the ridge makes the matrix definite.
    Row solved(std::size_t channel) const {
        std::array<Row, unknowns> left = products;
        Row right = targets[channel];
        const double ridge = ridge_share * std::max(count, 1.0);
        for (std::size_t i = 0; i < unknowns; ++i) left[i][i] += ridge;
        right[channel] += ridge;
        for (std::size_t pivot = 0; pivot < unknowns; ++pivot) {
            for (std::size_t row = pivot + 1; row < unknowns; ++row) {
                const double factor = left[row][pivot] / left[pivot][pivot];
                for (std::size_t j = pivot; j < unknowns; ++j)
                    left[row][j] -= factor * left[pivot][j];
                right[row] -= factor * right[pivot];
            }
        }
        Row weights{};
        for (std::size_t row = unknowns; row-- > 0;) {
            double rest = right[row];
            for (std::size_t j = row + 1; j < unknowns; ++j) rest -= left[row][j] * weights[j];
            weights[row] = rest / left[row][row];
        }
        return weights;
    }

    Weights solved() const { return {solved(0), solved(1), solved(2)}; }
};

class Pairs {
  public:
    Pairs(std::span<const FrameRgb> seen, std::span<const FrameRgb> wanted)
        : seen_(seen), wanted_(wanted) {
        NIGHTREEL_CHECK(seen.size() == wanted.size(), "frames in pairs");
    }

    // `visit(seen, wanted)` for each pixel of all pairs.
    template <class Visit>
    void each(Visit&& visit) const {
        for (std::size_t frame = 0; frame < seen_.size(); ++frame) {
            const std::vector<float>& from = seen_[frame].rgb;
            const std::vector<float>& to = wanted_[frame].rgb;
            NIGHTREEL_CHECK(from.size() == to.size(), "pairs of frames of one size");
            for (std::size_t at = 0; at + channels <= from.size(); at += channels) {
                visit(&from[at], &to[at]);
            }
        }
    }

  private:
    std::span<const FrameRgb> seen_;
    std::span<const FrameRgb> wanted_;
};

// The error that all but the worst pixels stay below.
double error_limit(const Pairs& pairs, const Weights& weights) {
    std::vector<float> errors;
    pairs.each([&](const float* seen, const float* wanted) {
        errors.push_back(static_cast<float>(squared_error(weights, seen, wanted)));
    });
    if (errors.empty()) return 0;
    const auto kept =
        static_cast<std::size_t>(static_cast<double>(errors.size()) * (1 - trimmed_share));
    const std::size_t last = std::min(kept, errors.size() - 1);
    std::nth_element(
        errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(last), errors.end());
    return double{errors[last]};
}

bool is_small_change(const Weights& weights) {
    const Weights identity = ColourFit().weights;
    for (std::size_t i = 0; i < channels; ++i) {
        for (std::size_t j = 0; j < unknowns; ++j) {
            if (!(std::abs(weights[i][j] - identity[i][j]) <= colour_change_max)) return false;
        }
    }
    return true;
}

}  // namespace

ColourFit fit_colours(std::span<const FrameRgb> seen, std::span<const FrameRgb> wanted) {
    const Pairs pairs(seen, wanted);
    Normal all;
    pairs.each([&](const float* from, const float* to) { all.add(from, to); });
    if (all.count == 0) return {};
    const double limit = error_limit(pairs, all.solved());
    const Weights first = all.solved();
    Normal kept;
    pairs.each([&](const float* from, const float* to) {
        if (squared_error(first, from, to) <= limit) kept.add(from, to);
    });
    const Weights weights = kept.solved();
    double error = 0;
    pairs.each([&](const float* from, const float* to) {
        if (squared_error(first, from, to) <= limit) error += squared_error(weights, from, to);
    });
    const double values = std::max(kept.count, 1.0) * static_cast<double>(channels);
    const bool is_close = std::sqrt(error / values) <= colour_residual_max;
    return is_close && is_small_change(weights) ? ColourFit{weights} : ColourFit{};
}

FrameRgb with_colours(FrameRgb frame, const ColourFit& fit) {
    if (fit.is_identity()) return frame;
    for (std::size_t at = 0; at + channels <= frame.rgb.size(); at += channels) {
        const Row in = input_of(&frame.rgb[at]);
        for (std::size_t channel = 0; channel < channels; ++channel) {
            const double value = mapped(fit.weights[channel], in);
            frame.rgb[at + channel] = static_cast<float>(std::clamp(value, 0.0, 1.0));
        }
    }
    return frame;
}

}  // namespace nightreel

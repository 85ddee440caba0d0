#include "pipeline/takes/quality/appearance.h"

#include <algorithm>
#include <cmath>

namespace nightreel {
namespace {

constexpr float hue_range = 0.4F;
constexpr int light_steps = 1024;  // of a table of linear light

std::array<float, light_steps + 1> light_table() {
    std::array<float, light_steps + 1> table{};
    for (int i = 0; i <= light_steps; ++i) {
        const double code = static_cast<double>(i) / light_steps;
        const double light = code <= 0.04045 ? code / 12.92 : std::pow((code + 0.055) / 1.055, 2.4);
        table[static_cast<std::size_t>(i)] = static_cast<float>(light);
    }
    return table;
}

float light_of(float code) {
    static const std::array<float, light_steps + 1> table = light_table();
    const float place = std::clamp(code / 255.0F, 0.0F, 1.0F) * light_steps;
    return table[static_cast<std::size_t>(place + 0.5F)];
}

int bin_of(float value, float low, float high, int bins) {
    const float share = (value - low) / (high - low);
    return std::clamp(static_cast<int>(share * static_cast<float>(bins)), 0, bins - 1);
}

// [1 2 1] / 4 along one axis of the bins; what leaves at an end stays there.
void soften_axis(ColourCounts& counts, int bins, std::size_t stride) {
    ColourCounts soft(counts.size());
    for (std::size_t index = 0; index < counts.size(); ++index) {
        const int at = static_cast<int>(index / stride % static_cast<std::size_t>(bins));
        const double below = at > 0 ? counts[index - stride] : counts[index];
        const double above = at + 1 < bins ? counts[index + stride] : counts[index];
        soft[index] = (below + 2 * counts[index] + above) / 4;
    }
    counts = std::move(soft);
}

}  // namespace

Oklab oklab_of(const float* codes) {
    const float red = light_of(codes[0]);
    const float green = light_of(codes[1]);
    const float blue = light_of(codes[2]);
    const float l = std::cbrt(0.4122214708F * red + 0.5363325363F * green + 0.0514459929F * blue);
    const float m = std::cbrt(0.2119034982F * red + 0.6806995451F * green + 0.1073969566F * blue);
    const float s = std::cbrt(0.0883024619F * red + 0.2817188376F * green + 0.6299787005F * blue);
    return {0.2104542553F * l + 0.7936177850F * m - 0.0040720468F * s,
            1.9779984951F * l - 2.4285922050F * m + 0.4505937099F * s,
            0.0259040371F * l + 0.7827717662F * m - 0.8086757660F * s};
}

std::vector<Oklab> oklab_of(const ReducedPicture& picture) {
    std::vector<Oklab> colours(picture.rgb.size() / 3);
    for (std::size_t i = 0; i < colours.size(); ++i) colours[i] = oklab_of(&picture.rgb[3 * i]);
    return colours;
}

float distance_of(const Oklab& one, const Oklab& other) {
    const float light = one.lightness - other.lightness;
    const float a = one.a - other.a;
    const float b = one.b - other.b;
    return std::sqrt(light * light + a * a + b * b);
}

std::size_t colour_bin(const Oklab& colour) {
    const int light = bin_of(colour.lightness, 0, 1, lightness_bins);
    const int a = bin_of(colour.a, -hue_range, hue_range, hue_bins);
    const int b = bin_of(colour.b, -hue_range, hue_range, hue_bins);
    return static_cast<std::size_t>((light * hue_bins + a) * hue_bins + b);
}

ColourCounts softened(const ColourCounts& counts) {
    ColourCounts soft = counts;
    soften_axis(soft, hue_bins, 1);
    soften_axis(soft, hue_bins, hue_bins);
    soften_axis(soft, lightness_bins, std::size_t{hue_bins} * hue_bins);
    double sum = 0;
    for (const double count : soft) sum += count;
    for (double& count : soft) count /= std::max(sum, 1e-12);
    return soft;
}

void add_to(ColourAxes& axes, const Oklab& colour) {
    constexpr int bins = static_cast<int>(axis_bins);
    axes[static_cast<std::size_t>(bin_of(colour.lightness, 0, 1, bins))] += 1;
    axes[axis_bins + static_cast<std::size_t>(bin_of(colour.a, -hue_range, hue_range, bins))] += 1;
    axes[2 * axis_bins + static_cast<std::size_t>(bin_of(colour.b, -hue_range, hue_range, bins))] +=
        1;
}

void normalise(ColourAxes& axes) {
    float sum = 0;
    for (std::size_t bin = 0; bin < axis_bins; ++bin) sum += axes[bin];
    for (float& value : axes) value /= std::max(sum, 1.0F);
}

double distance_of(const ColourAxes& one, const ColourAxes& other) {
    constexpr std::array<double, 3> ranges{1.0, 2.0 * hue_range, 2.0 * hue_range};
    double distance = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        double carried = 0;
        double work = 0;
        for (std::size_t bin = 0; bin < axis_bins; ++bin) {
            const std::size_t at = axis * axis_bins + bin;
            carried += static_cast<double>(one[at] - other[at]);
            work += std::abs(carried);
        }
        distance += work * ranges[axis] / static_cast<double>(axis_bins);
    }
    return distance;
}

double distance_of(const Outline& one, const Outline& other) {
    double sum = 0;
    for (std::size_t cell = 0; cell < one.size(); ++cell) {
        sum += static_cast<double>(std::abs(one[cell] - other[cell]));
    }
    return sum / static_cast<double>(one.size());
}

}  // namespace nightreel

#include "pipeline/model/vision/picture_resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr int fraction_bits = 22;
constexpr std::int64_t one_half = std::int64_t{1} << (fraction_bits - 1);

// Of the values that one output value is made of.
struct Taps {
    std::size_t first = 0;
    std::vector<std::int32_t> weights;
};

// A line of values is [outer, length, inner] in memory: inner is what lies between neighbours.
struct Lines {
    std::size_t outer = 0;
    std::size_t length = 0;
    std::size_t inner = 0;
};

double bilinear(double x) {
    return std::max(0.0, 1 - std::abs(x));
}

// Keys' cubic with a = -0.5.
double bicubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

double sinc(double x) {
    if (x == 0) return 1;
    x *= std::numbers::pi;
    return std::sin(x) / x;
}

double lanczos(double x) {
    constexpr double lobes = 3;
    return -lobes <= x && x < lobes ? sinc(x) * sinc(x / lobes) : 0;
}

struct Kernel {
    double (*value)(double x);
    double support;
};

Kernel kernel_of(PictureFilter filter) {
    switch (filter) {
        case PictureFilter::bilinear:
            return {bilinear, 1};
        case PictureFilter::bicubic:
            return {bicubic, 2};
        case PictureFilter::lanczos:
            return {lanczos, 3};
    }
    NIGHTREEL_CHECK(false, "every filter has a kernel");
    return {};
}

std::vector<std::int32_t> fixed_weights(const std::vector<double>& weights) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    std::vector<std::int32_t> fixed;
    for (const double weight : weights) {
        const double scaled = (sum == 0 ? weight : weight * (1 / sum)) * (1 << fraction_bits);
        fixed.push_back(static_cast<std::int32_t>(scaled + (scaled < 0 ? -0.5 : 0.5)));
    }
    return fixed;
}

std::vector<Taps> taps_for(int from, int to, const Kernel& kernel) {
    const double scale = static_cast<double>(from) / to;
    const double widening = std::max(scale, 1.0);
    const double support = kernel.support * widening;
    std::vector<Taps> taps;
    for (int i = 0; i < to; ++i) {
        const double centre = (i + 0.5) * scale;
        const int first = std::max(0, static_cast<int>(centre - support + 0.5));
        const int end = std::min(from, static_cast<int>(centre + support + 0.5));
        std::vector<double> weights;
        for (int at = first; at < end; ++at) {
            weights.push_back(kernel.value((at - centre + 0.5) * (1 / widening)));
        }
        taps.push_back({static_cast<std::size_t>(first), fixed_weights(weights)});
    }
    return taps;
}

std::vector<std::uint8_t> resampled(std::span<const std::uint8_t> values,
                                    const Lines& lines,
                                    std::span<const Taps> taps) {
    std::vector<std::uint8_t> result(lines.outer * taps.size() * lines.inner);
    std::vector<std::int64_t> sums(lines.inner);
    std::uint8_t* out = result.data();
    for (std::size_t outer = 0; outer < lines.outer; ++outer) {
        const std::uint8_t* const line = values.data() + outer * lines.length * lines.inner;
        for (const Taps& tap : taps) {
            std::ranges::fill(sums, one_half);
            const std::uint8_t* in = line + tap.first * lines.inner;
            for (const std::int32_t weight : tap.weights) {
                for (std::size_t i = 0; i < lines.inner; ++i) sums[i] += *in++ * weight;
            }
            for (const std::int64_t sum : sums) {
                const std::int64_t rounded = sum >> fraction_bits;
                *out++ = static_cast<std::uint8_t>(std::clamp<std::int64_t>(rounded, 0, 255));
            }
        }
    }
    return result;
}

std::size_t size_of(int value) {
    return static_cast<std::size_t>(value);
}

void check_shape(const BytePicture& picture) {
    NIGHTREEL_CHECK(picture.width > 0 && picture.height > 0 && picture.channels > 0,
                    "a picture has pixels");
    NIGHTREEL_CHECK(picture.values.size() == size_of(picture.width) * size_of(picture.height) *
                                                 size_of(picture.channels),
                    "a picture has as many values as its sides say");
}

BytePicture with_width(const BytePicture& picture, int width, const Kernel& kernel) {
    if (width == picture.width) return picture;
    const Lines lines{size_of(picture.height), size_of(picture.width), size_of(picture.channels)};
    return {width,
            picture.height,
            picture.channels,
            resampled(picture.values, lines, taps_for(picture.width, width, kernel))};
}

BytePicture with_height(const BytePicture& picture, int height, const Kernel& kernel) {
    if (height == picture.height) return picture;
    const Lines lines{
        1, size_of(picture.height), size_of(picture.width) * size_of(picture.channels)};
    return {picture.width,
            height,
            picture.channels,
            resampled(picture.values, lines, taps_for(picture.height, height, kernel))};
}

// Pillow 13 takes the vertical pass first where that leaves less to do. Rounding between the passes
// makes the order visible in the last bit; the rule was found by comparing with it.
bool rows_come_first(const BytePicture& picture, int width, int height) {
    const int rows_less = picture.height - height;
    const int columns_less = picture.width - width;
    return rows_less > 0 && rows_less > 2 * columns_less;
}

}  // namespace

BytePicture resized(const BytePicture& picture, int width, int height, PictureFilter filter) {
    check_shape(picture);
    NIGHTREEL_CHECK(width > 0 && height > 0, "a picture is made some size");
    const Kernel kernel = kernel_of(filter);
    if (rows_come_first(picture, width, height)) {
        return with_width(with_height(picture, height, kernel), width, kernel);
    }
    return with_height(with_width(picture, width, kernel), height, kernel);
}

BytePicture centre_of(const BytePicture& picture, int width, int height) {
    check_shape(picture);
    NIGHTREEL_CHECK(0 < width && width <= picture.width && 0 < height && height <= picture.height,
                    "the middle lies inside of its picture");
    BytePicture result{width, height, picture.channels, {}};
    const std::size_t channels = size_of(picture.channels);
    const std::size_t left = size_of((picture.width - width) / 2);
    const std::size_t top = size_of((picture.height - height) / 2);
    for (std::size_t row = 0; row < size_of(height); ++row) {
        const std::size_t start = ((top + row) * size_of(picture.width) + left) * channels;
        const auto first = picture.values.begin() + static_cast<std::ptrdiff_t>(start);
        result.values.insert(result.values.end(),
                             first,
                             first + static_cast<std::ptrdiff_t>(size_of(width) * channels));
    }
    return result;
}

}  // namespace nightreel

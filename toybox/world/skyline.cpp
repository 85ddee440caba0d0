#include "toybox/world/skyline.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nightreel::toybox {
namespace {

constexpr int samples_per_pixel = 4;
constexpr int sample_count = static_cast<int>(skyline_period) * samples_per_pixel;

struct House {
    double from, to, height;
};

constexpr std::array<House, 10> houses{{{0, 9, 12},
                                        {9, 17, 20},
                                        {17, 26, 8},
                                        {26, 38, 15},
                                        {38, 44, 6},
                                        {44, 53, 22},
                                        {53, 65, 10},
                                        {65, 73, 17},
                                        {73, 84, 5},
                                        {84, 96, 14}}};

struct Peak {
    double middle, half_width, height;
};

constexpr std::array<Peak, 2> pyramids{{{24, 20, 19}, {64, 14, 12}}};
constexpr std::array<Peak, 4> mountains{{{14, 17, 20}, {44, 15, 11}, {68, 14, 16}, {90, 9, 7}}};

double modulo(double value, double period) {
    const double rest = std::fmod(value, period);
    return rest < 0 ? rest + period : rest;
}

double house_at(int sample) {
    const double x = static_cast<double>(sample) / samples_per_pixel;
    for (const House& house : houses) {
        if (x >= house.from && x < house.to) return house.height;
    }
    return 0;
}

// Walls are softened over five samples, so that a panning camera does not make them flicker.
double soft_house_at(int sample) {
    double sum = 0;
    for (int k = -2; k <= 2; ++k) sum += 0.2 * house_at((sample + k + sample_count) % sample_count);
    return sum;
}

template <std::size_t N>
double highest(const std::array<Peak, N>& peaks, double x) {
    double most = 0;
    for (const Peak& peak : peaks) {
        const double half = skyline_period / 2;
        const double away = std::abs(modulo(x - peak.middle + half, skyline_period) - half);
        most = std::max(most, peak.height * (1 - away / peak.half_width));
    }
    return most;
}

double height_at(Background background, int sample) {
    const double x = static_cast<double>(sample) / samples_per_pixel;
    const double turn = 2 * std::numbers::pi * x / skyline_period;
    switch (background) {
        case Background::night:
            return soft_house_at(sample);
        case Background::meadow:
            return 9 + 5 * std::sin(turn) + 3 * std::sin(2 * turn + 1.0);
        case Background::desert:
            return 1 + highest(pyramids, x);
        case Background::snow:
            return 3 + highest(mountains, x);
    }
    return 0;
}

}  // namespace

Skylines::Skylines() {
    for (std::size_t b = 0; b < count_of<Background>; ++b) {
        for (int i = 0; i < sample_count; ++i) {
            heights_[b].push_back(height_at(static_cast<Background>(b), i));
        }
    }
}

double Skylines::height(Background background, double x) const {
    const std::vector<double>& heights = heights_[index_of(background)];
    const double place = modulo(x, skyline_period) * samples_per_pixel;
    const double whole = std::floor(place);
    const std::size_t left = static_cast<std::size_t>(whole) % heights.size();
    const std::size_t right = (left + 1) % heights.size();
    return heights[left] * (1 - (place - whole)) + heights[right] * (place - whole);
}

}  // namespace nightreel::toybox

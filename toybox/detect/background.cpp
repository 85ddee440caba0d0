#include "toybox/detect/background.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "toybox/detect/statistics.h"
#include "toybox/world/skyline.h"

namespace nightreel::toybox {
namespace {

constexpr int zoom_count = 38;
constexpr int offset_count = static_cast<int>(2 * skyline_period);
constexpr int looked_rows = 40;      // above the horizon
constexpr int looked_frames = 9;     // of a clip, spread evenly
constexpr int trusted_columns = 24;  // fewer say nothing

double zoom_at(int index) {
    return 0.94 + 0.02 * index;
}

double offset_at(int index) {
    return 0.5 * index;
}

Rgb rgb_at(const Frame& frame, int x, int y) {
    const std::uint8_t* pixel = frame.rgb.data() + Frame::offset(x, y);
    return {
        static_cast<float>(pixel[0]), static_cast<float>(pixel[1]), static_cast<float>(pixel[2])};
}

Rgb minus(Rgb a, Rgb b) {
    return {a.red - b.red, a.green - b.green, a.blue - b.blue};
}

float dot(Rgb a, Rgb b) {
    return a.red * b.red + a.green * b.green + a.blue * b.blue;
}

float length(Rgb a) {
    return std::sqrt(dot(a, a));
}

double distance(Rgb a, Rgb b) {
    const Rgb d = minus(a, b);
    return std::abs(d.red) + std::abs(d.green) + std::abs(d.blue);
}

Rgb median_of_rows(std::span<const Frame> clip, int from, int to) {
    const std::size_t step = std::max<std::size_t>(1, clip.size() / 5);
    std::vector<double> red, green, blue;
    for (std::size_t f = 0; f < clip.size(); f += step) {
        for (int y = from; y < to; ++y) {
            for (int x = 0; x < frame_width; ++x) {
                const Rgb rgb = rgb_at(clip[f], x, y);
                red.push_back(rgb.red);
                green.push_back(rgb.green);
                blue.push_back(rgb.blue);
            }
        }
    }
    return {static_cast<float>(median(std::move(red))),
            static_cast<float>(median(std::move(green))),
            static_cast<float>(median(std::move(blue)))};
}

bool is_moon_or_sun(Rgb rgb, Background background, float from_ground) {
    if (background == Background::night) return std::min({rgb.red, rgb.green, rgb.blue}) > 170;
    if (background != Background::meadow) return false;
    return rgb.red - rgb.blue > 12 && from_ground > 60 && rgb.red > 200;
}

struct Outline {
    float row = 0;
    bool trusted = false;
};

// Where sky turns into skyline in one column. Each pixel is placed on the line between the two
// colours; pixels far from that line belong to something in front and spoil the column.
Outline outline_at(const Frame& frame, int x, Background background) {
    const BackgroundColours colours = colours_of(background);
    const Rgb span = minus(colours.skyline, colours.sky);
    float land = 0;
    int foreign = 0;
    for (int y = 0; y < looked_rows; ++y) {
        const Rgb rgb = rgb_at(frame, x, y);
        const Rgb from_sky = minus(rgb, colours.sky);
        const float share = std::clamp(dot(from_sky, span) / dot(span, span), 0.0F, 1.0F);
        const float off = length({from_sky.red - share * span.red,
                                  from_sky.green - share * span.green,
                                  from_sky.blue - share * span.blue});
        const float from_ground = length(minus(rgb, colours.ground));
        foreign += (off > 30 && from_ground > 40) || is_moon_or_sun(rgb, background, from_ground);
        land += from_ground < 30 ? 1.0F : share;
    }
    return {looked_rows - land, foreign <= 1};
}

std::vector<int> frames_to_look_at(std::size_t count) {
    const int last = static_cast<int>(count) - 1;
    const int looks = std::min(last + 1, looked_frames);
    std::vector<int> frames;
    for (int i = 0; i < looks; ++i) {
        const double at = looks == 1 ? 0.0 : static_cast<double>(last) / (looks - 1) * i;
        frames.push_back(static_cast<int>(std::nearbyint(at)));
    }
    return frames;
}

Camera move_of(double zoom_slope, double pan_slope) {
    constexpr double share = 0.4;  // of the true speed
    if (zoom_slope > zoom_speed * share) return Camera::push_in;
    if (pan_slope > pan_speed * share) return Camera::pan_right;
    return pan_slope < -pan_speed * share ? Camera::pan_left : Camera::still;
}

}  // namespace

BackgroundGuess background_of(std::span<const Frame> clip) {
    const Rgb top = median_of_rows(clip, 1, 6);
    const Rgb low = median_of_rows(clip, frame_height - 4, frame_height);
    BackgroundGuess best{Background::night, std::numeric_limits<double>::max()};
    for (const auto& [background, word] : EnumWords<Background>::words) {
        const BackgroundColours colours = colours_of(background);
        const double error = distance(top, colours.sky) + distance(low, colours.ground);
        if (error < best.error) best = {background, error};
    }
    return best;
}

SkylineSearch::SkylineSearch() {
    const Skylines skylines;
    for (const auto& [background, word] : EnumWords<Background>::words) {
        std::vector<float>& rows = outlines_[index_of(background)];
        rows.reserve(std::size_t{zoom_count} * offset_count * frame_width);
        for (int i = 0; i < zoom_count; ++i) {
            for (int j = 0; j < offset_count; ++j) {
                for (int x = 0; x < frame_width; ++x) {
                    const double place = (x + 0.5 - frame_width / 2.0) / zoom_at(i) +
                                         frame_width / 2.0 + offset_at(j);
                    const double height = skylines.height(background, place);
                    rows.push_back(static_cast<float>(
                        zoom_row + zoom_at(i) * (horizon_row - height - zoom_row)));
                }
            }
        }
    }
}

std::optional<SkylineSearch::State> SkylineSearch::state_of(const Frame& frame,
                                                            Background background) const {
    constexpr float misfit_most = 6;
    std::vector<std::size_t> columns;
    std::vector<float> seen;
    for (int x = 0; x < frame_width; ++x) {
        const Outline outline = outline_at(frame, x, background);
        if (!outline.trusted) continue;
        columns.push_back(static_cast<std::size_t>(x));
        seen.push_back(outline.row);
    }
    if (columns.size() < trusted_columns) return std::nullopt;
    const std::vector<float>& outlines = outlines_[index_of(background)];
    std::size_t best = 0;
    float least = std::numeric_limits<float>::max();
    for (std::size_t state = 0; state < outlines.size() / frame_width; ++state) {
        const float* rows = outlines.data() + state * frame_width;
        float sum = 0;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            sum += std::min(std::abs(rows[columns[i]] - seen[i]), misfit_most);
        }
        if (sum >= least) continue;
        least = sum;
        best = state;
    }
    return State{zoom_at(static_cast<int>(best) / offset_count),
                 offset_at(static_cast<int>(best) % offset_count),
                 least / static_cast<double>(columns.size())};
}

CameraPath SkylineSearch::camera_of(std::span<const Frame> clip, Background background) const {
    std::vector<double> frames, zooms, offsets, errors;
    for (const int frame : frames_to_look_at(clip.size())) {
        const auto state = state_of(clip[static_cast<std::size_t>(frame)], background);
        if (!state) continue;
        // The outline repeats: of all offsets that fit, the one nearest to the frame before.
        const double last = offsets.empty() ? state->offset : offsets.back();
        const double turns = std::nearbyint((last - state->offset) / skyline_period);
        frames.push_back(frame);
        zooms.push_back(state->zoom);
        offsets.push_back(state->offset + turns * skyline_period);
        errors.push_back(state->error);
    }
    CameraPath path;
    if (frames.size() < 2) {
        path.pan.assign(clip.size(), 0.0);
        path.zoom.assign(clip.size(), 1.0);
        return path;
    }
    path.move =
        move_of(robust_slope(frames, zooms), robust_slope(frames, offsets) / skyline_parallax);
    path.error = median(std::move(errors));
    const double start = offsets.front();
    for (double& offset : offsets) offset = (offset - start) / skyline_parallax;
    for (std::size_t f = 0; f < clip.size(); ++f) {
        path.pan.push_back(interpolate(static_cast<double>(f), frames, offsets));
        path.zoom.push_back(interpolate(static_cast<double>(f), frames, zooms));
    }
    return path;
}

}  // namespace nightreel::toybox

#include "toybox/world/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "shotspec/base/check.h"
#include "toybox/world/trajectory.h"

namespace nightreel::toybox {
namespace {

constexpr int samples_per_side = 3;  // of a pixel, where an actor is drawn

// Colours are float and coverages double on purpose: the model's training pictures were made so,
// and every pixel here equals theirs.
struct Canvas {
    std::vector<std::array<float, 3>> pixels;

    explicit Canvas(Rgb fill)
        : pixels(std::size_t{frame_width} * frame_height, {fill.red, fill.green, fill.blue}) {}

    std::array<float, 3>& at(int x, int y) {
        return pixels[static_cast<std::size_t>(y * frame_width + x)];
    }
};

void blend(std::array<float, 3>& pixel, double coverage, Rgb colour) {
    const std::array<float, 3> target{colour.red, colour.green, colour.blue};
    for (std::size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<float>(pixel[c] + coverage * (target[c] - pixel[c]));
    }
}

double clip01(double value) {
    return std::clamp(value, 0.0, 1.0);
}

// How a place on the stage appears on the frame being drawn.
struct View {
    double zoom = 1;
    double camera_x = 0;

    double column(double stage_x) const {
        return frame_width / 2.0 + zoom * (stage_x - camera_x - frame_width / 2.0);
    }

    double row(double stage_y) const { return zoom_row + zoom * (stage_y - zoom_row); }
};

struct Pose {
    double x = 0, y = 0;  // middle, pixels
    double radius = 1;
    double width = 1;
};

void draw_sky(Canvas& canvas, const Record& record, const View& view) {
    if (record.background != Background::night && record.background != Background::meadow) return;
    const Rgb colour = record.background == Background::night ? Rgb{222, 220, 196}   // moon
                                                              : Rgb{255, 246, 206};  // sun
    const double middle_x = frame_width / 2.0 + view.zoom * 26;
    const double middle_y = view.row(11);
    const double radius = 5.0 * view.zoom;
    for (int y = 0; y < frame_height; ++y) {
        for (int x = 0; x < frame_width; ++x) {
            const double away = std::hypot(x + 0.5 - middle_x, y + 0.5 - middle_y);
            blend(canvas.at(x, y), clip01(radius - away + 0.5), colour);
        }
    }
}

void draw_land(Canvas& canvas, const Record& record, const View& view, const Skylines& skylines) {
    const BackgroundColours colours = colours_of(record.background);
    for (int x = 0; x < frame_width; ++x) {
        const double place = (x + 0.5 - frame_width / 2.0) / view.zoom + frame_width / 2.0 +
                             skyline_parallax * view.camera_x + record.skyline_x;
        const double top = view.row(horizon_row - skylines.height(record.background, place));
        for (int y = 0; y < frame_height; ++y) {
            blend(canvas.at(x, y), clip01(y + 0.5 - top + 0.5), colours.skyline);
            blend(canvas.at(x, y), clip01(y + 0.5 - view.row(horizon_row) + 0.5), colours.ground);
        }
    }
}

void draw_shadow(Canvas& canvas, const Pose& foot) {
    for (int y = 0; y < frame_height; ++y) {
        for (int x = 0; x < frame_width; ++x) {
            const double away =
                std::hypot((x + 0.5 - foot.x) / (foot.radius * std::max(foot.width, 0.3)),
                           (y + 0.5 - foot.y) / (0.22 * foot.radius));
            const double light = 1 - 0.28 * clip01((1.15 - away) * 3);
            for (float& value : canvas.at(x, y)) value = static_cast<float>(value * light);
        }
    }
}

struct Coverage {
    float all = 0;
    float own_colour = 0;
    float mark = 0;
};

Coverage coverage_of(const Actor& actor, const Pose& pose, int x, int y) {
    constexpr double step = 1.0 / samples_per_side;
    int all = 0;
    int marked = 0;
    for (int sub_y = -1; sub_y <= 1; ++sub_y) {
        for (int sub_x = -1; sub_x <= 1; ++sub_x) {
            const double u = (x + 0.5 + sub_x * step - pose.x) / (pose.radius * pose.width);
            const double v = (y + 0.5 + sub_y * step - pose.y) / pose.radius;
            if (!inside(actor.shape, u, v)) continue;
            ++all;
            if (is_marked(actor.pattern, u, v)) ++marked;
        }
    }
    constexpr float samples = samples_per_side * samples_per_side;
    return {static_cast<float>(all) / samples,
            static_cast<float>(all - marked) / samples,
            static_cast<float>(marked) / samples};
}

void draw_actor(Canvas& canvas, const Actor& actor, const Pose& pose) {
    const double reach = pose.radius * 1.15 * std::max(pose.width, 0.2);
    const int left = static_cast<int>(std::max(0.0, std::floor(pose.x - reach - 1)));
    const int right =
        static_cast<int>(std::min<double>(frame_width, std::ceil(pose.x + reach + 2)));
    const int top = static_cast<int>(std::max(0.0, std::floor(pose.y - 1.2 * pose.radius - 1)));
    const int bottom =
        static_cast<int>(std::min<double>(frame_height, std::ceil(pose.y + 1.2 * pose.radius + 2)));
    const Rgb own = rgb_of(actor.colour);
    const Rgb mark = actor.pattern == Pattern::striped ? stripe_colour : dot_colour;
    const std::array<float, 3> own_values{own.red, own.green, own.blue};
    const std::array<float, 3> mark_values{mark.red, mark.green, mark.blue};
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
            const Coverage part = coverage_of(actor, pose, x, y);
            std::array<float, 3>& pixel = canvas.at(x, y);
            for (std::size_t c = 0; c < 3; ++c) {
                pixel[c] = pixel[c] * (1 - part.all) +
                           (part.own_colour * own_values[c] + part.mark * mark_values[c]);
            }
        }
    }
}

void draw_pillar(Canvas& canvas, double pillar_x, const View& view) {
    const double middle = view.column(pillar_x);
    for (int x = 0; x < frame_width; ++x) {
        const double across =
            clip01(view.zoom * pillar_width / 2 - std::abs(x + 0.5 - middle) + 0.5);
        for (int y = 0; y < frame_height; ++y) {
            const double along =
                clip01(std::min(y + 0.5 - view.row(12), view.row(59) - (y + 0.5)) + 0.5);
            blend(canvas.at(x, y), across * along, pillar_colour);
        }
    }
}

Frame developed(const Canvas& canvas) {
    Frame frame;
    for (std::size_t i = 0; i < canvas.pixels.size(); ++i) {
        for (std::size_t c = 0; c < 3; ++c) {
            const float value = std::clamp(canvas.pixels[i][c] + 0.5F, 0.0F, 255.0F);
            frame.rgb[i * 3 + c] = static_cast<std::uint8_t>(value);
        }
    }
    return frame;
}

}  // namespace

Clip Stage::render(const Record& record, int frames, int first) const {
    NIGHTREEL_CHECK(record.actors.size() <= ground_rows.size(), "the stage has room for two");
    const Trajectory path = trajectory_of(record, first + frames);
    Clip clip;
    for (int f = first; f < first + frames; ++f) {
        const std::size_t now = static_cast<std::size_t>(f);
        const View view{path.zoom[now], path.camera_x[now]};
        Canvas canvas(colours_of(record.background).sky);
        draw_sky(canvas, record, view);
        draw_land(canvas, record, view, skylines_);
        // From back to front, and no shadow over an actor.
        for (std::size_t i = record.actors.size(); i-- > 0;) {
            draw_shadow(canvas,
                        {view.column(path.actors[i].x[now]),
                         view.row(ground_rows[i]),
                         radius_of(record.actors[i].size) * view.zoom,
                         path.actors[i].width[now]});
        }
        for (std::size_t i = record.actors.size(); i-- > 0;) {
            const Actor& actor = record.actors[i];
            const double radius = radius_of(actor.size) * view.zoom;
            const double foot = view.row(ground_rows[i]) - view.zoom * path.actors[i].lift[now];
            draw_actor(canvas,
                       actor,
                       {view.column(path.actors[i].x[now]),
                        foot - foot_of(actor.shape) * radius,
                        radius,
                        path.actors[i].width[now]});
        }
        if (record.pillar_x) draw_pillar(canvas, *record.pillar_x, view);
        clip.push_back(developed(canvas));
    }
    return clip;
}

Frame render_sheet(const Actor& actor) {
    constexpr double enlargement = 1.6;  // also tells a small actor from a large one
    Canvas canvas({255, 255, 255});
    draw_actor(canvas,
               actor,
               {frame_width / 2.0, frame_height / 2.0, radius_of(actor.size) * enlargement, 1.0});
    return developed(canvas);
}

}  // namespace nightreel::toybox

#include "toybox/world/trajectory.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "shotspec/base/check.h"

namespace nightreel::toybox {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double ramp_frames = 6.0;  // how long a change from or to floating takes

std::size_t phase_of(const Record& record, int frame) {
    return record.switch_frame > 0 && frame > record.switch_frame ? 1 : 0;
}

// The first frame has no past, hence no speed.
std::vector<double> cumulative(int frames, const std::function<double(int)>& speed) {
    std::vector<double> sum(static_cast<std::size_t>(frames), 0.0);
    for (int f = 1; f < frames; ++f) {
        sum[static_cast<std::size_t>(f)] = sum[static_cast<std::size_t>(f - 1)] + speed(f);
    }
    return sum;
}

double lift_of(const Actor& actor, const Record& record, int frame) {
    const std::size_t phase = phase_of(record, frame);
    const Action action = actor.actions[phase];
    const double share =
        phase == 0 ? 1.0 : std::clamp((frame - record.switch_frame) / ramp_frames, 0.0, 1.0);
    const double ramp = share * share * (3 - 2 * share);
    const double was = actor.actions[0] == Action::floats ? 1.0 : 0.0;
    const double now = action == Action::floats ? 1.0 : 0.0;
    double lift = float_height * (phase == 0 ? was : was * (1 - ramp) + now * ramp);
    switch (action) {
        case Action::floats:
            lift += 2.5 * std::sin(2 * pi * frame / 16) * (was == 0.0 ? ramp : 1.0);
            break;
        case Action::jumps: {
            const double part = std::clamp((frame % 16 - 2) / 12.0, 0.0, 1.0);
            lift += jump_height * 4 * part * (1 - part);
            break;
        }
        case Action::walks_left:
        case Action::walks_right:
            lift += 1.5 * std::abs(std::sin(pi * frame / 8));
            break;
        case Action::stands:
        case Action::spins:
            break;
    }
    return lift;
}

double width_of(Action action, int frame) {
    if (action != Action::spins) return 1.0;
    return std::max(std::abs(std::cos(pi * frame / 16)), 0.15);
}

}  // namespace

std::vector<double> walked(const Record& record, const Actor& actor, int frames) {
    return cumulative(frames, [&](int frame) {
        const Action action = actor.actions[phase_of(record, frame)];
        if (action == Action::walks_left) return -walk_speed;
        return action == Action::walks_right ? walk_speed : 0.0;
    });
}

std::vector<double> panned(const Record& record, int frames) {
    return cumulative(frames, [&](int frame) {
        const Camera camera = record.cameras[phase_of(record, frame)];
        if (camera == Camera::pan_left) return -pan_speed;
        return camera == Camera::pan_right ? pan_speed : 0.0;
    });
}

Trajectory trajectory_of(const Record& record, int frames) {
    const std::size_t phases = record.switch_frame > 0 ? 2 : 1;
    NIGHTREEL_CHECK(record.cameras.size() >= phases, "one camera move a phase");
    Trajectory path;
    path.camera_x = panned(record, frames);
    path.zoom = cumulative(frames, [&](int frame) {
        return record.cameras[phase_of(record, frame)] == Camera::push_in ? zoom_speed : 0.0;
    });
    for (double& zoom : path.zoom) zoom = std::min(1 + zoom, zoom_most);
    for (const Actor& actor : record.actors) {
        NIGHTREEL_CHECK(actor.actions.size() >= phases, "one action a phase");
        ActorPath own{walked(record, actor, frames), {}, {}};
        for (double& x : own.x) x += actor.x;
        for (int f = 0; f < frames; ++f) {
            own.lift.push_back(lift_of(actor, record, f));
            own.width.push_back(width_of(actor.actions[phase_of(record, f)], f));
        }
        path.actors.push_back(std::move(own));
    }
    return path;
}

}  // namespace nightreel::toybox

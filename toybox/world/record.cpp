#include "toybox/world/record.h"

#include <algorithm>
#include <cmath>

#include "toybox/world/trajectory.h"

namespace nightreel::toybox {
namespace {

constexpr int planned_frames = 33;  // an actor stays in view for at least so long

bool allowed(Triples triples, Shape shape, Colour colour, Action action) {
    switch (triples) {
        case Triples::seen:
            return !held_out(shape, colour, action);
        case Triples::held_out:
            return held_out(shape, colour, action);
        case Triples::any:
            return true;
    }
    return false;
}

template <class Set>
Set any_of(Dice& dice) {
    return static_cast<Set>(dice.below(count_of<Set>));
}

Actor sample_actor(Dice& dice, Triples triples, int phases) {
    while (true) {
        Actor actor;
        actor.colour = any_of<Colour>(dice);
        actor.shape = any_of<Shape>(dice);
        actor.actions = {any_of<Action>(dice)};
        if (phases == 2) actor.actions.push_back(any_of<Action>(dice));
        const bool changes = phases == 1 || actor.actions[0] != actor.actions[1];
        const bool may =
            std::all_of(actor.actions.begin(), actor.actions.end(), [&](Action action) {
                return allowed(triples, actor.shape, actor.colour, action);
            });
        if (!changes || !may) continue;
        actor.pattern = any_of<Pattern>(dice);
        actor.size = any_of<Size>(dice);
        return actor;
    }
}

Camera sample_camera(Dice& dice) {
    constexpr Camera moves[] = {Camera::still, Camera::pan_left, Camera::pan_right};
    return moves[dice.below(std::size(moves))];
}

// A start from which the actor stays in view for as long as its motion allows.
double sample_start(const Record& record, const Actor& actor, Dice& dice) {
    std::vector<double> net = walked(record, actor, planned_frames);
    const std::vector<double> pan = panned(record, planned_frames);
    for (std::size_t i = 0; i < net.size(); ++i) net[i] -= pan[i];
    const double radius = radius_of(actor.size);
    double low = radius + 2 - std::min(0.0, *std::min_element(net.begin(), net.end()));
    double high =
        frame_width - radius - 2 - std::max(0.0, *std::max_element(net.begin(), net.end()));
    if (high - low < 8) {
        const double middle = (low + high) / 2;
        low = middle - 4;
        high = middle + 4;
    }
    return low + (high - low) * dice.uniform();
}

// In the way of an actor that walks, beside one that does not.
double sample_pillar(const Record& record, const Actor& actor, Dice& dice) {
    if (actor.actions[0] == Action::walks_left || actor.actions[0] == Action::walks_right) {
        return actor.x + walked(record, actor, planned_frames)[18 + dice.below(8)];
    }
    constexpr int tries_max = 40;
    double place = 0;
    for (int i = 0; i < tries_max; ++i) {
        place = 12 + (frame_width - 24) * dice.uniform();
        if (std::abs(place - actor.x) > radius_of(actor.size) + 8) break;
    }
    return place;
}

}  // namespace

bool held_out(Shape shape, Colour colour, Action action) {
    return (index_of(shape) * 5 + index_of(colour) * 3 + index_of(action) * 7) % 10 == 4;
}

Record sample_record(Dice& dice, const RecordWish& wish) {
    const int phases = wish.phases.value_or(dice.chance(0.7) ? 1 : 2);
    Record record;
    record.actors = {sample_actor(dice, wish.triples, phases)};
    const Camera pan = dice.chance(0.5) ? Camera::pan_left : Camera::pan_right;
    const Camera first = dice.chance(0.5) ? Camera::still : pan;
    record.cameras = {wish.camera.value_or(first)};
    if (phases == 2) {
        record.cameras.push_back(dice.chance(0.6) ? record.cameras[0] : sample_camera(dice));
        record.switch_frame = dice.chance(0.5) ? 16 : 32;
    }
    record.background = any_of<Background>(dice);
    record.skyline_x = dice.uniform() * skyline_period;
    const bool pillar = wish.pillar.value_or(dice.chance(0.2));
    Actor& actor = record.actors.front();
    actor.x = sample_start(record, actor, dice);
    if (pillar) record.pillar_x = sample_pillar(record, actor, dice);
    return record;
}

}  // namespace nightreel::toybox

#pragma once
// Which pixels of a frame belong to an actor of which colour, and how much. Pure.

#include <cstdint>
#include <optional>
#include <vector>

#include "toybox/detect/plane.h"
#include "toybox/world/frame.h"

namespace nightreel::toybox {

// A pixel belongs to one colour at most: the one whose hue is nearest. Its weight is the share of
// that colour's saturation it has, so that grounds, skies and pillars weigh nothing and a blurred
// edge weighs a fraction.
struct ActorMask {
    Plane weight{frame_width, frame_height};
    std::vector<Colour> colour;  // by Plane::index; means nothing where the weight is 0

    double weight_as(Colour wanted, std::size_t pixel) const {
        return colour[pixel] == wanted ? weight.values[pixel] : 0.0;
    }
};

ActorMask actor_mask(const Frame& frame);

// The columns that are pillar-coloured nearly from top to bottom, 1 each.
std::vector<std::uint8_t> pillar_columns(const Frame& frame);

}  // namespace nightreel::toybox

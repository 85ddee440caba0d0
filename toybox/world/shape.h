#pragma once
// Shapes and patterns in an actor's own square: u to the right, v down, both about -1..1. Pure.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "toybox/world/vocabulary.h"

namespace nightreel::toybox {

inline bool inside_star(double u, double v) {
    // Fold the five points onto half of one, then ask which side of its edge the place lies on.
    constexpr double point = 2 * std::numbers::pi / 5;
    const double turned = std::atan2(u, -v) + point / 2;
    const double angle = std::abs(turned - std::floor(turned / point) * point - point / 2);
    const double radius = std::hypot(u, v);
    const double tip = 1.12;
    const double notch_x = 0.52 * std::cos(std::numbers::pi / 5);
    const double notch_y = 0.52 * std::sin(std::numbers::pi / 5);
    const double x = radius * std::cos(angle);
    const double y = radius * std::sin(angle);
    return (notch_x - tip) * y - notch_y * (x - tip) > 0;
}

inline bool inside(Shape shape, double u, double v) {
    switch (shape) {
        case Shape::circle:
            return u * u + v * v < 1;
        case Shape::square:
            return std::max(std::abs(u), std::abs(v)) < 0.88;
        case Shape::triangle:
            return v < 0.85 && std::abs(u) < (v + 1.05) / 1.8;
        case Shape::star:
            return inside_star(u, v);
    }
    return false;
}

// How far below its middle an actor of radius 1 touches the ground.
constexpr double foot_of(Shape shape) {
    switch (shape) {
        case Shape::circle:
            return 1.0;
        case Shape::square:
            return 0.88;
        case Shape::triangle:
            return 0.85;
        case Shape::star:
            return 0.9;
    }
    return 1.0;
}

// Whether the pattern, not the actor's own colour, is seen here.
inline bool is_marked(Pattern pattern, double u, double v) {
    switch (pattern) {
        case Pattern::plain:
            return false;
        case Pattern::striped:
            return std::abs(v) > 0.14 && std::abs(v) < 0.5;
        case Pattern::dotted:
            return u * u + v * v < 0.2;
    }
    return false;
}

}  // namespace nightreel::toybox

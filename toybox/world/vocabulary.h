#pragma once
// The closed sets of the toy world, their names, and the measures of its stage. Constants only.
// The bundled model's weights belong to exactly these values: a change here wants new weights.

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {
namespace toybox {

enum class Shape { circle, square, triangle, star };
enum class Colour { red, yellow, green, blue, pink, cyan };
enum class Pattern { plain, striped, dotted };
enum class Size { small, large };
enum class Action { stands, walks_left, walks_right, jumps, spins, floats };
enum class Background { night, meadow, desert, snow };
enum class Camera { still, pan_left, pan_right, push_in };

}  // namespace toybox

template <>
struct EnumWords<toybox::Shape> {
    static constexpr auto words = std::to_array<std::pair<toybox::Shape, std::string_view>>({
        {toybox::Shape::circle, "circle"},
        {toybox::Shape::square, "square"},
        {toybox::Shape::triangle, "triangle"},
        {toybox::Shape::star, "star"},
    });
};

template <>
struct EnumWords<toybox::Colour> {
    static constexpr auto words = std::to_array<std::pair<toybox::Colour, std::string_view>>({
        {toybox::Colour::red, "red"},
        {toybox::Colour::yellow, "yellow"},
        {toybox::Colour::green, "green"},
        {toybox::Colour::blue, "blue"},
        {toybox::Colour::pink, "pink"},
        {toybox::Colour::cyan, "cyan"},
    });
};

template <>
struct EnumWords<toybox::Pattern> {
    static constexpr auto words = std::to_array<std::pair<toybox::Pattern, std::string_view>>({
        {toybox::Pattern::plain, "plain"},
        {toybox::Pattern::striped, "striped"},
        {toybox::Pattern::dotted, "dotted"},
    });
};

template <>
struct EnumWords<toybox::Size> {
    static constexpr auto words = std::to_array<std::pair<toybox::Size, std::string_view>>({
        {toybox::Size::small, "small"},
        {toybox::Size::large, "large"},
    });
};

template <>
struct EnumWords<toybox::Action> {
    static constexpr auto words = std::to_array<std::pair<toybox::Action, std::string_view>>({
        {toybox::Action::stands, "stands"},
        {toybox::Action::walks_left, "walks_left"},
        {toybox::Action::walks_right, "walks_right"},
        {toybox::Action::jumps, "jumps"},
        {toybox::Action::spins, "spins"},
        {toybox::Action::floats, "floats"},
    });
};

template <>
struct EnumWords<toybox::Background> {
    static constexpr auto words = std::to_array<std::pair<toybox::Background, std::string_view>>({
        {toybox::Background::night, "night"},
        {toybox::Background::meadow, "meadow"},
        {toybox::Background::desert, "desert"},
        {toybox::Background::snow, "snow"},
    });
};

template <>
struct EnumWords<toybox::Camera> {
    static constexpr auto words = std::to_array<std::pair<toybox::Camera, std::string_view>>({
        {toybox::Camera::still, "static"},
        {toybox::Camera::pan_left, "pan_left"},
        {toybox::Camera::pan_right, "pan_right"},
        {toybox::Camera::push_in, "push_in"},
    });
};

namespace toybox {

template <class Set>
constexpr std::size_t count_of = EnumWords<Set>::words.size();

template <class Set>
constexpr std::size_t index_of(Set value) {
    return static_cast<std::size_t>(value);
}

struct Rgb {
    float red = 0, green = 0, blue = 0;
};

struct BackgroundColours {
    Rgb sky, skyline, ground;
};

// Lengths are pixels of a 96x64 frame, speeds are pixels a frame.
constexpr int frame_width = 96;
constexpr int frame_height = 64;
constexpr int frames_per_second = 12;
constexpr int stream_frames = 49;  // what one record tells: 13 latent frames
constexpr double horizon_row = 40.0;
constexpr double zoom_row = 46.0;  // the row that a push-in leaves where it is
constexpr std::array<double, 2> ground_rows{54.0, 49.0};  // feet of the front and the back actor
constexpr double skyline_parallax = 0.6;
constexpr double skyline_period = 96.0;
constexpr double pan_speed = 0.9;
constexpr double zoom_speed = 0.012;  // scale a frame
constexpr double zoom_most = 1.6;
constexpr double walk_speed = 1.1;
constexpr double jump_height = 16.0;
constexpr double float_height = 14.0;
constexpr double pillar_width = 9.0;
constexpr Rgb pillar_colour{112, 78, 60};
constexpr Rgb stripe_colour{245, 245, 245};
constexpr Rgb dot_colour{25, 20, 28};

constexpr double radius_of(Size size) {
    return size == Size::small ? 9.0 : 13.5;
}

constexpr Rgb rgb_of(Colour colour) {
    constexpr std::array<Rgb, count_of<Colour>> all{{{214, 36, 36},
                                                     {245, 200, 20},
                                                     {20, 150, 60},
                                                     {30, 70, 220},
                                                     {240, 80, 170},
                                                     {20, 195, 205}}};
    return all[index_of(colour)];
}

constexpr BackgroundColours colours_of(Background background) {
    constexpr std::array<BackgroundColours, count_of<Background>> all{
        {{{34, 34, 52}, {70, 66, 88}, {98, 92, 104}},
         {{176, 206, 226}, {132, 160, 128}, {164, 186, 132}},
         {{240, 224, 196}, {206, 172, 132}, {226, 200, 158}},
         {{168, 178, 196}, {126, 136, 156}, {228, 232, 238}}}};
    return all[index_of(background)];
}

}  // namespace toybox
}  // namespace nightreel

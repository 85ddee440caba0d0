#pragma once
// What a caption says against what is seen, and whether a character is still the same. Pure.

#include <array>
#include <cstddef>
#include <string_view>

#include "toybox/detect/detect.h"
#include "toybox/detect/statistics.h"
#include "toybox/world/caption.h"

namespace nightreel::toybox {

enum class Attribute { count, shape, colour, pattern, size, action, background, camera, pillar };

}  // namespace nightreel::toybox

template <>
struct nightreel::EnumWords<nightreel::toybox::Attribute> {
    using Attribute = toybox::Attribute;
    static constexpr auto words = std::to_array<std::pair<Attribute, std::string_view>>({
        {Attribute::count, "count"},
        {Attribute::shape, "shape"},
        {Attribute::colour, "colour"},
        {Attribute::pattern, "pattern"},
        {Attribute::size, "size"},
        {Attribute::action, "action"},
        {Attribute::background, "background"},
        {Attribute::camera, "camera"},
        {Attribute::pillar, "pillar"},
    });
};

namespace nightreel::toybox {

struct Tally {
    std::size_t right = 0;
    std::size_t asked = 0;

    Tally& operator+=(const Tally& other) {
        right += other.right;
        asked += other.asked;
        return *this;
    }
};

// One tally an attribute, of one clip or of many. What a caption leaves open is not asked.
struct Judgement {
    std::array<Tally, count_of<Attribute>> attributes{};
    Tally exact;  // clips of which everything asked is right

    Tally& of(Attribute attribute) { return attributes[index_of(attribute)]; }

    const Tally& of(Attribute attribute) const { return attributes[index_of(attribute)]; }

    Judgement& operator+=(const Judgement& other);
};

// Actors are matched by colour where the caption names one, the rest in order of certainty.
Judgement judge(const Detection& seen, const Facts& facts);

// Whether the most certain actor has this one's shape, colour, pattern and size.
bool is_same_character(const Detection& seen, const Actor& actor);

}  // namespace nightreel::toybox

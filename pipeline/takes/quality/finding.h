#pragma once
// Something in a take that stands out, with how much it does: the raw material of flags. What is
// listed here does not depend on the limits of a site. Plain values; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// The words are those of the limits in the section `quality` of a farm file.
enum class FindingKind {
    seam,
    colour_jump,
    colour_drift,
    brightness_drift,
    contrast_drift,
    sharpness_drift,
    flicker,
    freeze,
    repeat,
    returns,
    black,
    broken,
    missing,
    doubles,
    leaves,
    changes,
};

template <>
struct EnumWords<FindingKind> {
    static constexpr auto words = std::to_array<std::pair<FindingKind, std::string_view>>({
        {FindingKind::seam, "seam"},
        {FindingKind::colour_jump, "colour_jump"},
        {FindingKind::colour_drift, "colour_drift"},
        {FindingKind::brightness_drift, "brightness_drift"},
        {FindingKind::contrast_drift, "contrast_drift"},
        {FindingKind::sharpness_drift, "sharpness_drift"},
        {FindingKind::flicker, "flicker"},
        {FindingKind::freeze, "freeze"},
        {FindingKind::repeat, "repeat"},
        {FindingKind::returns, "returns"},
        {FindingKind::black, "black"},
        {FindingKind::broken, "broken"},
        {FindingKind::missing, "missing"},
        {FindingKind::doubles, "doubles"},
        {FindingKind::leaves, "leaves"},
        {FindingKind::changes, "changes"},
    });
};

struct Finding {
    FindingKind kind = FindingKind::seam;
    FrameRange frames;
    double value = 0;  // compared with the limit of this kind; its unit is said there
    std::optional<std::string> about = {};  // channel, character, earlier frames
};

template <class Visitor>
void describe(Finding& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "What stands out."});
    field("frames", value.frames, {.meaning = "Where."});
    field("value", value.value, {.meaning = "How much; the limit of this kind says the unit."});
    field("about", value.about, {.meaning = "Colour channel, character or earlier frames."});
}

}  // namespace nightreel

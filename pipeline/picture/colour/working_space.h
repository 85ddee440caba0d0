#pragma once
// The scene-linear spaces that frames are delivered in, and the way between them and the
// display-referred pictures that a model makes. Pure; any thread.
//
// A video model gives display code values of Rec.709 primaries; there is no scene light to recover.
// The convention here: code values are taken through a named curve and are then called
// scene-linear, 1.0 staying diffuse white. The curve and the space are recorded with every take.

#include <array>
#include <string_view>
#include <utility>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/picture/colour/primaries.h"
#include "pipeline/picture/colour/transfer.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

enum class WorkingSpace { rec709, acescg, aces2065_1 };

template <>
struct EnumWords<WorkingSpace> {
    static constexpr auto words = std::to_array<std::pair<WorkingSpace, std::string_view>>(
        {{WorkingSpace::rec709, "rec709"},
         {WorkingSpace::acescg, "acescg"},
         {WorkingSpace::aces2065_1, "aces2065_1"}});
};

const Chromaticities& chromaticities_of(WorkingSpace space);

// The identifier of the Color Interop Forum: "lin_ap1_scene".
std::string_view interop_id_of(WorkingSpace space);

// Display code values (Rec.709 primaries) to scene-linear, and back; back again is not clamped.
FrameRgb display_to_scene(FrameRgb display, TransferCurve curve, WorkingSpace space);
FrameRgb scene_to_display(FrameRgb scene, TransferCurve curve, WorkingSpace space);
// Both linear; nothing is clamped. The same space gives the same values, bit for bit.
FrameRgb scene_to_scene(FrameRgb scene, WorkingSpace from, WorkingSpace to);
// From other linear primaries, which enclose their white.
FrameRgb scene_to_display(FrameRgb scene, TransferCurve curve, const Chromaticities& primaries);

}  // namespace nightreel

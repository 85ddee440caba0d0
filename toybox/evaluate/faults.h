#pragma once
// Takes with one made fault each, and clean ones, to find out what the quality report sees
// (pipeline/takes/quality). Seeded: the same number gives the same take. Pure; any thread.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/takes/quality/finding.h"
#include "shotspec/describe/units.h"
#include "toybox/world/frame.h"
#include "toybox/world/record.h"

namespace nightreel::toybox {

enum class MadeFault {
    cut,
    smear,
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
    doubles,
    leaves,
    changes,
};

}  // namespace nightreel::toybox

template <>
struct nightreel::EnumWords<nightreel::toybox::MadeFault> {
    using Fault = toybox::MadeFault;
    static constexpr auto words = std::to_array<std::pair<Fault, std::string_view>>({
        {Fault::cut, "cut"},
        {Fault::smear, "smear"},
        {Fault::colour_jump, "colour_jump"},
        {Fault::colour_drift, "colour_drift"},
        {Fault::brightness_drift, "brightness_drift"},
        {Fault::contrast_drift, "contrast_drift"},
        {Fault::sharpness_drift, "sharpness_drift"},
        {Fault::flicker, "flicker"},
        {Fault::freeze, "freeze"},
        {Fault::repeat, "repeat"},
        {Fault::returns, "returns"},
        {Fault::black, "black"},
        {Fault::doubles, "doubles"},
        {Fault::leaves, "leaves"},
        {Fault::changes, "changes"},
    });
};

namespace nightreel::toybox {

FrameRgb display_of(const Frame& frame);

struct MadeTake {
    std::vector<FrameRgb> frames;      // display-referred
    std::vector<std::int64_t> joints;  // indices of frames
    Actor actor;                       // whose sheet is the reference
    FrameRange fault;                  // where one was made; empty in a clean take
};

// A clip of the toy world of four to eight segments, as its captions may ask for it: cameras pan,
// actors walk in and out of the picture and behind pillars. Every pixel has the noise that a
// decoder leaves.
MadeTake clean_take(std::uint64_t seed, std::uint64_t number);

// Such a clip with a fault. An actor's fault is made where the actor is in view.
MadeTake faulty_take(MadeFault fault, std::uint64_t seed, std::uint64_t number);

// Puts a fault of the picture (not of an actor) into a take, in place. `other`: a take of another
// scene that a cut leads to, at least as long.
void make_fault(MadeTake& take, MadeFault fault, const std::vector<FrameRgb>& other, Dice& dice);

bool is_of_actor(MadeFault fault);

// What finds it.
FindingKind finding_for(MadeFault fault);

}  // namespace nightreel::toybox

#pragma once
// From where on a figure of the quality report becomes a flag. A site sets them in the section
// `quality` of its farm file; they change no figure. Plain values; any thread.

#include "shotspec/describe/fields.h"

namespace nightreel {

// Each is compared with the value of a finding (pipeline/takes/quality/finding.h); 0 never flags.
// The defaults are measured on the toy world and the bundled model (docs/quality.md).
struct QualityLimits {
    double seam = 1.8;
    double colour_jump = 2.0;
    double colour_drift = 2.0;
    double brightness_drift = 4.0;
    double contrast_drift = 8.0;
    double sharpness_drift = 45.0;
    double flicker = 0.8;
    double freeze = 3;
    double repeat = 1;
    double returns = 4;
    double black = 1;
    double broken = 1;
    double missing = 1;
    double doubles = 3;
    double leaves = 6;
    double changes = 1.0;

    friend bool operator==(const QualityLimits&, const QualityLimits&) = default;
};

template <class Visitor>
void describe_picture_limits(QualityLimits& value, Visitor& field) {
    field("seam",
          value.seam,
          {.meaning = "Joint of two segments: largest change in the nine frames from it, as a "
                      "multiple of the largest change that is usual elsewhere in the take.",
           .minimum = 0,
           .fallback = "1.8"});
    field("colour_jump",
          value.colour_jump,
          {.meaning = "Step of the mean colour at a joint, in 8-bit code values.",
           .minimum = 0,
           .fallback = "2"});
    field("colour_drift",
          value.colour_drift,
          {.meaning = "Change of one colour channel against the brightness over the take, in code "
                      "values.",
           .minimum = 0,
           .fallback = "2"});
    field("brightness_drift",
          value.brightness_drift,
          {.meaning = "Change of the brightness over the take, in code values.",
           .minimum = 0,
           .fallback = "4"});
    field("contrast_drift",
          value.contrast_drift,
          {.meaning = "Change of the contrast over the take, in percent.",
           .minimum = 0,
           .fallback = "8"});
    field("sharpness_drift",
          value.sharpness_drift,
          {.meaning = "Change of the sharpness of edges over the take, in percent.",
           .minimum = 0,
           .fallback = "45"});
    field("flicker",
          value.flicker,
          {.meaning = "Brightness that goes up and down from frame to frame, in code values.",
           .minimum = 0,
           .fallback = "0.8"});
}

template <class Visitor>
void describe(QualityLimits& value, Visitor& field) {
    describe_picture_limits(value, field);
    field("freeze",
          value.freeze,
          {.meaning = "Number of consecutive frames that are the same.",
           .minimum = 0,
           .fallback = "3"});
    field("repeat",
          value.repeat,
          {.meaning = "Number of frames that repeat the frame before.",
           .minimum = 0,
           .fallback = "1"});
    field("returns",
          value.returns,
          {.meaning = "Number of consecutive frames that have been shown before.",
           .minimum = 0,
           .fallback = "4"});
    field("black",
          value.black,
          {.meaning = "Number of consecutive black frames.", .minimum = 0, .fallback = "1"});
    field("broken",
          value.broken,
          {.meaning = "Number of consecutive frames with NaN or infinity.",
           .minimum = 0,
           .fallback = "1"});
    field("missing",
          value.missing,
          {.meaning = "Number of frames, if the character of a reference picture is in none of "
                      "them.",
           .minimum = 0,
           .fallback = "1"});
    field("doubles",
          value.doubles,
          {.meaning = "Number of consecutive frames that show a character twice.",
           .minimum = 0,
           .fallback = "3"});
    field("leaves",
          value.leaves,
          {.meaning = "Number of frames without a character that vanished away from the edges of "
                      "the picture.",
           .minimum = 0,
           .fallback = "6"});
    field("changes",
          value.changes,
          {.meaning = "Change of a character's colours, shape or size; 1 is a change that is seen "
                      "at once.",
           .minimum = 0,
           .fallback = "1"});
}

}  // namespace nightreel

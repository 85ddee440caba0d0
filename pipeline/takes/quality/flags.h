#pragma once
// Findings that are beyond the limits of the site, as somebody reads them in the morning. Pure; any
// thread.

#include <string>
#include <vector>

#include "pipeline/takes/quality/finding.h"
#include "shotspec/quality_limits.h"

namespace nightreel {

struct Flag {
    FindingKind kind = FindingKind::seam;
    FrameRange frames;
    double value = 0;
    double limit = 0;
    std::string text;  // one sentence
};

template <class Visitor>
void describe(Flag& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "What is wrong; the field of `quality` in a farm file."});
    field("frames", value.frames, {.meaning = "Frames to look at."});
    field("value", value.value, {.meaning = "Measured value."});
    field("limit", value.limit, {.meaning = "Limit that it reaches."});
    field("text", value.text, {.meaning = "The same in one sentence."});
}

double limit_of(const QualityLimits& limits, FindingKind kind);

// The worst first: by value over limit.
std::vector<Flag> flags_of(const std::vector<Finding>& findings, const QualityLimits& limits);

// "character doubled at frames 1013-1029 (and 2 more)"; empty for no flags.
std::string short_text_of(const std::vector<Flag>& flags);

}  // namespace nightreel

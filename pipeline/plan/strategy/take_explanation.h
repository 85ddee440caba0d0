#pragma once
// Why and how the takes of a shot are made as planned: for `nightreel explain`. Pure, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/plan_night.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// A segment, or a window of a take that is sampled as a whole.
struct ExplainedSegment {
    std::int32_t number = 1;
    FrameRange frames;  // delivered from it; of windows those that it takes part in
    std::int32_t latent_count = 0;
    std::string given;  // what it begins with, and its references
};

template <class Visitor>
void describe(ExplainedSegment& value, Visitor& field) {
    field("number", value.number, {.meaning = "Number of the segment or window."});
    field("frames",
          value.frames,
          {.meaning = "Frames delivered from the segment; frames that the window takes part in."});
    field("latent_count", value.latent_count, {.meaning = "Latent frames in the network."});
    field("given", value.given, {.meaning = "What it is given beside noise and prompt."});
}

struct TakeExplanation {
    std::string shot;
    std::string model;
    std::string family;
    FrameRange frames;
    std::int32_t takes = 1;
    std::string strategy;  // "one segment", "chain", "windowed", "separate clips"
    std::string why;
    std::string alternatives;  // what else this model can do; empty: nothing
    std::vector<ExplainedSegment> segments;
    std::int64_t frames_made = 0;  // of a take, those beside the delivered ones included
    std::int64_t frames_encoded_again = 0;
    std::string after_failure;
    std::vector<std::string> notes;
    double seconds = 0;          // of one take, one worker
    double longest_seconds = 0;  // of one take, with a worker for each task that can run
    std::int64_t memory_bytes = 0;
};

template <class Visitor>
void describe(TakeExplanation& value, Visitor& field) {
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("model", value.model, {.meaning = "Name of the model."});
    field("family", value.family, {.meaning = "Family of the model."});
    field("frames", value.frames, {.meaning = "Frame range to deliver, handles included."});
    field("takes", value.takes, {.meaning = "Number of takes."});
    field("strategy", value.strategy, {.meaning = "How each take is made."});
    field("why", value.why, {.meaning = "Why it is made like this."});
    field("alternatives", value.alternatives, {.meaning = "What else the model can do."});
    field("segments", value.segments, {.meaning = "Segments or windows, in order."});
    field("frames_made",
          value.frames_made,
          {.meaning = "Number of frames that the model makes for a take."});
    field("frames_encoded_again",
          value.frames_encoded_again,
          {.meaning = "Number of decoded frames that are encoded again."});
    field("after_failure", value.after_failure, {.meaning = "What a failed task repeats."});
    field("notes", value.notes, {.meaning = "What is worth knowing before the night."});
    field("seconds", value.seconds, {.meaning = "Estimated seconds of a take with one worker."});
    field("longest_seconds",
          value.longest_seconds,
          {.meaning = "Estimated seconds of a take with unlimited workers."});
    field("memory_bytes", value.memory_bytes, {.meaning = "Minimum memory."});
}

// Of one shot of a planned night. Error{bad_input} names the shots there are.
TakeExplanation explain_take(const ResolvedNight& night,
                             const NightPlan& plan,
                             const std::string& shot);

// One page; ends with a line break.
std::string explanation_text(const TakeExplanation& explanation);

}  // namespace nightreel

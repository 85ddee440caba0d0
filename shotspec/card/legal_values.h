#pragma once
// What a model and a frame rate allow, and the nearest legal value where something is not. Nothing
// is ever rounded silently. Pure, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "shotspec/card/model_card.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// `size` itself when the model makes it.
PictureSize nearest_size(const PictureSize& size, const ModelCard& card);

// That a size which the model makes has more or fewer pixels than all that it was trained on: a
// sentence; empty when it has not, or when the card does not say what those are.
std::string size_warning(const PictureSize& size, const ModelCard& card);

// The shift that the card gives for a size; `otherwise` where it gives none of its own.
double shift_at(const PictureSize& size, const ModelCard& card, double otherwise);

bool is_same_rate(const FrameRate& a, const FrameRate& b);

struct WholeFrames {
    std::int64_t count = 0;
    std::string problem;  // a sentence that names the nearest lengths; empty when all is well
};

// At least one frame.
WholeFrames whole_frames(const Length& length, const FrameRate& rate);

struct LatentCount {
    std::int32_t latents = 0;
    std::string problem;  // as above
};

// A segment of n latent frames has 1 + (n - 1) k frames, n inside the model's window.
LatentCount segment_latents(const Length& length, const FrameRate& rate, const ModelCard& card);
std::int64_t frames_of_segment(std::int32_t latents, const ModelCard& card);

// An overlap of n latent frames has n k frames; one at the front of a stream, of a picture or of
// kept frames, 1 + (n - 1) k.
LatentCount overlap_latents(const Length& length,
                            const FrameRate& rate,
                            const ModelCard& card,
                            Continuation how = Continuation::latents);
std::int64_t frames_of_overlap(std::int32_t latents, const ModelCard& card);

// What cannot be left out of sampling because blocks of frames lag behind each other: a sentence
// each, with the remedy.
std::vector<std::string> lag_problems(const SamplingSettings& sampling);

// That no step is left in which guidance acts: a sentence with the remedy; empty when one is.
std::string interval_problem(const SamplingSettings& sampling);

}  // namespace nightreel

#pragma once
// How a model makes a take that is longer than its window, and what is usual for it: by what its
// card says, else by its family. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/card/model_card.h"
#include "shotspec/card/strategy.h"

namespace nightreel {

// What a segment of this model is given of the one before it. The card's own word, else: TI2V-5B
// was trained to begin with the latent of one picture; a model with history goes on from latents;
// VACE keeps frames; a model that begins with a picture, and needs none at its end, from a picture.
Continuation continuation_of(const ModelCard& card);

// Whether it is shown a clip and a mask beside its noise, as VACE is.
bool has_control_channels(const ModelCard& card);

// Whether windows without a picture of their own are what the model was trained on.
bool can_use_windows(const ModelCard& card);

// Whether a segment can begin and end with given pictures.
bool can_use_anchors(const ModelCard& card);

// The card's, else chain where a segment can be continued, else windowed.
Strategy usual_strategy(const ModelCard& card);

// Latent frames that neighbouring segments of a chain share, of windows of `segment` latent frames:
// the card's, else five for VACE (17 kept frames), three for its drafts. One for a picture.
std::int32_t usual_overlap(const ModelCard& card, std::int32_t segment, bool is_draft);

// A quarter of the window, as ComfyUI and its nodes use.
std::int32_t usual_window_overlap(std::int32_t segment);

// Frames that so many latent frames of an overlap are: 4 n of latents within a stream, 4 (n - 1) +
// 1 at the front of one.
std::int64_t overlap_frames(std::int32_t latents, const ModelCard& card, Continuation how);

// Beyond so many, the loss of colour and sharpness where decoded frames are encoded again adds up
// to what is seen.
constexpr std::int64_t hand_overs_without_warning = 6;

// "chain (its last frame), or windowed": what the model can do, for messages; empty for nothing.
std::string strategies_text(const ModelCard& card, const std::optional<Strategy>& without = {});

}  // namespace nightreel

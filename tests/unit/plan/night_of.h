#pragma once
// Small resolved nights for the tests of planning. Plain values.

#include <string>

#include "shotspec/night/resolved_night.h"

namespace nightreel {

inline ModelCard small_card() {
    ModelCard card;
    card.name = "small";
    card.family = "wan2.1-t2v";
    card.licence = "Apache-2.0";
    card.training_data = "Drawn by a program.";
    card.history = true;
    card.references_max = 1;
    card.window = {
        .latent_frames_min = 5, .latent_frames_max = 9, .latent_frames = 5, .overlap = 2};
    card.cost = {
        .seconds_per_step_token = 1e-4, .decode_seconds_per_pixel = 1e-6, .memory_bytes = 1 << 30};
    card.folder = "/models/small";
    card.digest = digest_of("small model");
    return card;
}

inline ResolvedShot shot_of(const std::string& name, std::int64_t frames, std::int32_t takes = 1) {
    ResolvedShot shot;
    shot.name = name;
    shot.sequence = "sq010";
    shot.prompt = "a red star on a meadow, " + name;
    shot.model = "small";
    shot.size = {96, 64};
    shot.rate = {12, 1};
    shot.frames = {1001, 1000 + frames};
    shot.takes = takes;
    shot.seed = 7;
    shot.segment_latents = 5;
    shot.overlap_latents = 2;
    shot.sampling.steps = 20;
    return shot;
}

inline ResolvedNight night_of(std::vector<ResolvedShot> shots) {
    ResolvedNight night;
    night.show = "aurora";
    night.models = {small_card()};
    night.shots = std::move(shots);
    night.digest = digest_of("night");
    return night;
}

}  // namespace nightreel

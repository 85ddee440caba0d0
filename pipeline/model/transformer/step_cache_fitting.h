#pragma once
// The coefficients of a step cache, fitted to what the steps of exact segments did. Plain values,
// any thread. Source: as pipeline/model/transformer/step_cache.h.

#include <span>

#include "shotspec/card/approximation.h"

namespace nightreel {

// From one step to the next, relative L1: of the projected time embedding, of what the blocks gave.
struct StepChange {
    double embedding = 0;
    double output = 0;
};

// The output's change that the fit tells from the embedding's. Outside of what it was fitted to,
// the polynomial runs below zero, and a step that is far from the last would pass for one that is
// near: its size is taken. Without coefficients it is 0.
double estimated_change(const StepCacheFit& fit, double embedding_change);

// Least squares of the output's change over the embedding's. Error{bad_input} when the changes
// differ too little to tell a polynomial of the fourth degree.
StepCacheFit fit_step_cache(std::span<const StepChange> changes);

}  // namespace nightreel

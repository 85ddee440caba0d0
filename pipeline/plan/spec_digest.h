#pragma once
// What makes two takes belong to one version: the resolved shot without its number of takes, and
// the model. Pure, any thread.

#include "shotspec/base/digest.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

Digest spec_digest(const ResolvedShot& shot, const ModelCard& card);

}  // namespace nightreel

#pragma once
// Which results of the store a published take came from. Pure; any thread.

#include <set>

#include "pipeline/takes/publish_record.h"

namespace nightreel {

// Frames, latents, proxies, metrics and every task that the record names.
std::set<Digest> results_of(const PublishRecord& record);

}  // namespace nightreel

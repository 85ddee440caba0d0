#pragma once
// What tasks have cost on this farm, as planning reads it. The event loop owns the book.

#include <cstdint>

#include "pipeline/plan/estimate/task_rates.h"
#include "scheduler/farm/farm.h"
#include "scheduler/server/listing.h"

namespace nightreel {

// After evolve: results that a worker made count, those that the store had do not.
void note_rate(RateBook& book, const Farm& farm, const Event& event);

// {"format", "rates": [...]}, without the first `first`.
ListingPage list_rates(const RateBook& book, std::uint64_t first);

}  // namespace nightreel

#pragma once
// In which rounds the takes of a shot are made, and the tasks that rank them (docs/takes.md). Pure,
// any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/task_graph.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

struct TakeRound {
    std::int32_t first = 1;  // numbers of its takes
    std::int32_t last = 1;
    std::int32_t next = 0;  // takes of the round behind it; 0: it is the last
};

// One round of all takes; with `at_most`, as many rounds of `takes` takes as that allows, the last
// of which may be smaller.
std::vector<TakeRound> rounds_of(const ResolvedShot& shot);

// Whether its takes are ranked at all: all are kept otherwise.
inline bool is_ranked(const ResolvedShot& shot) {
    return shot.keep.has_value();
}

// "sq010_sh0010.rank", and "sq010_sh0010.rank01", ... behind rounds that may be followed by
// another.
std::string rank_task_name(const std::string& shot, const TakeRound& round, std::size_t number);

// A measure task of a take.
struct MeasuredTake {
    std::int32_t take = 1;
    std::uint32_t task = 0;  // its place in the graph
    Digest report;
};

// The task that ranks all takes up to this round, whose number counts from 1.
PlannedTask rank_task(const ResolvedShot& shot,
                      const TakeRound& round,
                      std::size_t number,
                      const std::vector<MeasuredTake>& takes);

}  // namespace nightreel

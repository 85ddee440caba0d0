#pragma once
// The units of a night as jobs of frames, for managers whose jobs wait for whole jobs, or frame by
// frame for frames of the same number: a unit waits only for units that it needs, so that a shot
// that fails stops no other, and there are as few jobs as that allows. Pure, any thread.

#include <string>
#include <vector>

#include "plugins/unit_arrays.h"

namespace nightreel {

struct FrameJob {
    std::string name;                 // "sample03"; the stage's second job is "sample03-2"
    std::vector<ArrayMember> frames;  // ascending
    std::vector<std::size_t> waits;   // for these jobs, which stand before it; ascending
    bool waits_by_frame = false;      // for their frames of the same number, else for all of them
    bool waits_for_ends = false;      // also where those fail
};

// No frame has a number of `numbers_end` or more, and so no job more frames. The job must outlive
// them.
std::vector<FrameJob> frame_jobs_of(const ManagerJob& job, std::int64_t numbers_end);

}  // namespace nightreel

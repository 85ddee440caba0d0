#pragma once
// What the head of a job is made from, without a look at all of its tasks: counts by shot, what
// runs, what failed, sums of cost. Kept from the facts as they come; counting the farm anew gives
// the same. Owned by the event loop.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/farm/farm.h"

namespace nightreel {

struct ShotTally {
    std::uint32_t total = 0;
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
    std::uint32_t running = 0;

    friend bool operator==(const ShotTally&, const ShotTally&) = default;
};

struct JobTally {
    std::map<std::string, ShotTally, std::less<>> shots;
    std::uint32_t shots_done = 0;
    std::set<TaskIndex> running;  // with a lease
    std::set<TaskIndex> failed;
    double seconds = 0;  // estimated, of all tasks
    double seconds_done = 0;
    std::vector<TaskState> counted;  // how each task is counted above

    friend bool operator==(const JobTally&, const JobTally&) = default;
};

// "sq010_sh0010.take01.sample03" is of the shot "sq010_sh0010".
std::string_view shot_of(std::string_view task);

// The tasks whose state a fact may have changed.
std::vector<TaskKey> tasks_changed_by(const Event& event);

class TallyBook {
  public:
    void count_all(const Farm& farm);
    // After evolve.
    void note(const Farm& farm, const Event& event);

    // Throws std::out_of_range when the farm has no such job.
    const JobTally& of(JobId job) const { return jobs_.at(job); }

  private:
    std::map<JobId, JobTally> jobs_;
};

}  // namespace nightreel

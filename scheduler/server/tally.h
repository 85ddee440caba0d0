#pragma once
// What the head of a job is made from, without a look at all of its tasks: counts by shot, what
// runs, what failed, what waits for that in vain, sums of cost, when work was done. Kept from the
// facts as they come; counting the farm anew gives the same. Owned by the event loop.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

// When tasks were done that somebody worked on, which the store did not have.
struct WorkDone {
    static constexpr Millis slot{10'000};

    struct Slot {
        std::uint32_t tasks = 0;
        double seconds = 0;  // estimated, of the tasks that ended in it

        friend bool operator==(const Slot&, const Slot&) = default;
    };

    std::set<std::pair<Millis, TaskIndex>> ends;
    std::map<std::int64_t, Slot> slots;  // by time through slot

    friend bool operator==(const WorkDone&, const WorkDone&) = default;
};

// A task as it is counted below.
struct CountedTask {
    TaskState state = TaskState::waiting;
    std::optional<Millis> worked_until;  // done, and not by the store

    friend bool operator==(const CountedTask&, const CountedTask&) = default;
};

struct JobTally {
    std::map<std::string, ShotTally, std::less<>> shots;
    std::uint32_t shots_done = 0;
    std::set<TaskIndex> running;  // with a lease
    std::set<TaskIndex> failed;
    double seconds = 0;  // estimated, of all tasks
    double seconds_done = 0;
    double seconds_waiting = 0;
    // Tasks that wait for one that failed or was cancelled, directly or through others: for which.
    std::map<TaskIndex, TaskIndex> blocked;
    WorkDone work;
    std::vector<CountedTask> counted;

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

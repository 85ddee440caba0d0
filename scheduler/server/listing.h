#pragma once
// The farm as people and scripts see it: JSON with a `format` number, which outside scripts rely on
// (a field may be added, none taken away). Every text fits into a message: what does not fit into a
// page is on the next one, what a head leaves out is counted in it. Pure functions over the farm,
// any thread.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "scheduler/farm/farm.h"
#include "scheduler/server/tally.h"

namespace nightreel {

// What a running attempt said last. Not a fact: it is gone after a restart.
struct AttemptProgress {
    double fraction = 0;
    std::string text;
};

using ProgressBoard = std::map<TaskAttempt, AttemptProgress>;

// What listings are made from; borrowed for the call.
struct FarmView {
    const Farm& farm;
    const FarmPolicy& policy;
    const ProgressBoard& progress;
    const TallyBook& tallies;
    Millis now;  // wall time
    // When each worker was last heard of, by a steady clock; not there: not since the start.
    const std::map<WorkerId, Millis>* heard = nullptr;
    Millis steady{0};
    // Paths of the roots that takes go below, by name, as the scheduler sees them.
    const std::map<std::string, std::string>* roots = nullptr;
};

// How long ago a worker was heard of, if it was.
std::optional<Millis> unheard_for(const FarmView& view, const WorkerId& worker);

// For how long nothing has been heard of a worker, once that is longer than keep-alives take.
std::optional<Millis> silence_of(const FarmView& view, const WorkerId& worker);

// One page of a listing; `next` is where the following one begins, 0 when there is none.
struct ListingPage {
    std::string text;
    std::uint64_t next = 0;
};

inline constexpr int listing_format = 1;
inline constexpr std::size_t listing_bytes_max = 512 * 1024;    // of the rows of one page
inline constexpr std::size_t head_list_bytes_max = 128 * 1024;  // of each list in a head
inline constexpr std::size_t named_tasks_max = 100;  // of the running and of the failed, in a head
inline constexpr std::size_t named_text_bytes_max = 1'000;  // of a reason or a progress text
inline constexpr std::size_t named_shots_max = 500;         // in a head

// {"format", "jobs": [head without shots and tasks...]}, from job `first` on.
ListingPage list_jobs(const FarmView& view, std::uint64_t first);

// The head of a job: state, counts, shots, what runs and what failed; where nothing runs although
// something could, "waits" says for what, and "stuck" is there when no worker that is connected can
// take it. Throws Error{bad_input} when there is no such job.
std::string job_head(const FarmView& view, JobId id);

// What changed in a job since news of it was told.
struct JobChanges {
    std::set<std::string, std::less<>> shots;
    std::set<TaskIndex> failed;
};

// The same with the changed shots and newly failed tasks alone: what a head costs does not grow
// with the job. The job is there.
std::string job_news(const FarmView& view, JobId id, const JobChanges& changes);

// {"format", "job": head, "tasks": [...]}: the tasks below `path`, from number `first` on. A task
// that waits for one that failed or was cancelled says which ("blocked_by"). `output`, where it is
// known, is the folder that the job's takes are published below.
ListingPage job_status(const FarmView& view,
                       const Selection& selection,
                       TaskIndex first,
                       const std::string& output = {});

// {"format", "workers": [...]}, without the first `first`.
ListingPage list_workers(const FarmView& view, std::uint64_t first);

// {"format", "notes": [records of shotspec/review]}, by their ids, without the first `first`.
ListingPage list_reviews(const ReviewBook& book, std::uint64_t first);

// Throws Error{bad_input}.
const Job& job_named(const Farm& farm, JobId id);

}  // namespace nightreel

#pragma once
// What became fact about jobs. Read events.h first.

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/farm/task.h"
#include "scheduler/farm/version_book.h"
#include "shotspec/base/clock.h"

namespace nightreel {

struct JobSubmitted {
    static constexpr std::string_view name = "job_submitted/1";
    Millis at{0};
    JobId job;
    std::string submission;
    std::string title;
    std::string submitter;
    int priority = 0;
    std::vector<TaskSpec> tasks;
    friend bool operator==(const JobSubmitted&, const JobSubmitted&) = default;
};

// A large job arrives in pieces over several turns: announced, then its tasks in order, then
// arrived. It exists for people and workers from then on; a submission ends up as one job, however
// it came.
struct JobAnnounced {
    static constexpr std::string_view name = "job_announced/1";
    Millis at{0};
    JobId job;
    std::string submission;
    std::string title;
    std::string submitter;
    int priority = 0;
    std::uint32_t tasks = 0;
    friend bool operator==(const JobAnnounced&, const JobAnnounced&) = default;
};

struct TasksAdded {
    static constexpr std::string_view name = "tasks_added/1";
    Millis at{0};
    JobId job;
    std::vector<TaskSpec> tasks;
    friend bool operator==(const TasksAdded&, const TasksAdded&) = default;
};

struct JobArrived {
    static constexpr std::string_view name = "job_arrived/1";
    Millis at{0};
    JobId job;
    friend bool operator==(const JobArrived&, const JobArrived&) = default;
};

// It was announced but never arrived whole.
struct JobDropped {
    static constexpr std::string_view name = "job_dropped/1";
    Millis at{0};
    JobId job;
    friend bool operator==(const JobDropped&, const JobDropped&) = default;
};

// Which version each shot of a submission is published as; see version_book.h.
struct VersionsGiven {
    static constexpr std::string_view name = "versions_given/1";
    Millis at{0};
    std::string by;
    std::vector<GivenVersion> versions;
    friend bool operator==(const VersionsGiven&, const VersionsGiven&) = default;
};

struct JobPaused {
    static constexpr std::string_view name = "job_paused/1";
    Millis at{0};
    JobId job;
    std::string by;
    friend bool operator==(const JobPaused&, const JobPaused&) = default;
};

struct JobResumed {
    static constexpr std::string_view name = "job_resumed/1";
    Millis at{0};
    JobId job;
    std::string by;
    friend bool operator==(const JobResumed&, const JobResumed&) = default;
};

struct JobPrioritised {
    static constexpr std::string_view name = "job_prioritised/1";
    Millis at{0};
    JobId job;
    int priority = 0;
    std::string by;
    friend bool operator==(const JobPrioritised&, const JobPrioritised&) = default;
};

// Nothing of the job runs or can run: every task is done, failed, cancelled or blocked by one that
// is.
struct JobFinished {
    static constexpr std::string_view name = "job_finished/1";
    Millis at{0};
    JobId job;
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
    std::uint32_t cancelled = 0;
    std::uint32_t blocked = 0;
    friend bool operator==(const JobFinished&, const JobFinished&) = default;
};

struct JobForgotten {
    static constexpr std::string_view name = "job_forgotten/1";
    Millis at{0};
    JobId job;
    std::string by;
    friend bool operator==(const JobForgotten&, const JobForgotten&) = default;
};

struct TasksCancelled {
    static constexpr std::string_view name = "tasks_cancelled/1";
    Millis at{0};
    JobId job;
    std::vector<TaskIndex> tasks;
    std::string by;
    friend bool operator==(const TasksCancelled&, const TasksCancelled&) = default;
};

struct TasksRetried {
    static constexpr std::string_view name = "tasks_retried/1";
    Millis at{0};
    JobId job;
    std::vector<TaskIndex> tasks;
    bool fresh = false;
    std::string by;
    friend bool operator==(const TasksRetried&, const TasksRetried&) = default;
};

}  // namespace nightreel

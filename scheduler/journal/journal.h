#pragma once
// Where facts are kept: appended in batches, each durable as a whole or not at all, and read again
// from the first one. Task orders, the text of nights and the logs of attempts are kept beside
// them, because the farm in memory has no use for them. Owned by the event loop; one thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/farm/events.h"

namespace nightreel {

// The order of one task, as JSON text; written once, with the job.
struct OrderDocument {
    TaskKey task;
    std::string text;
};

// A file of a job's night as it was submitted, or a part of one; written once.
struct NightPiece {
    JobId job;
    std::uint32_t number = 0;  // among the pieces of the job, from 0
    std::string name;
    std::string text;
};

// What an attempt left to read.
struct LogDocument {
    TaskAttempt attempt;
    std::uint32_t number = 0;  // among the attempts of its task, from 1; 0: not known
    std::string worker;
    std::string path;  // of the whole log, on the worker's machine
    std::string tail;
};

// What one turn of the event loop made fact.
struct JournalBatch {
    std::vector<Event> events;
    std::vector<OrderDocument> orders;
    std::vector<LogDocument> logs;
    std::vector<NightPiece> night = {};

    bool empty() const { return events.empty() && orders.empty() && logs.empty() && night.empty(); }
};

class Journal {
  public:
    virtual ~Journal() = default;

    // Durable when it returns. After an Error nothing may be assumed but that the batch is there as
    // a whole or not at all: the process has to end and replay.
    virtual void append(const JournalBatch& batch) = 0;

    // Every event from the first, in order.
    virtual void replay(const std::function<void(const Event&)>& take) = 0;

    virtual std::optional<std::string> order_of(TaskKey task) = 0;
    // In their order; none for jobs that were submitted without.
    virtual std::vector<NightPiece> night_of(JobId job) = 0;
    // The logs of a task's attempts, oldest first.
    virtual std::vector<LogDocument> logs_of(TaskKey task) = 0;
};

}  // namespace nightreel

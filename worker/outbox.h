#pragma once
// Completions that the scheduler has not recorded yet, one file each, so that neither a lost answer
// nor a crash costs a result. Holds the lock of the worker's state folder. One thread.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/task_request.h"
#include "scheduler/protocol/messages.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/file_lock.h"

namespace nightreel {

struct Completion {
    wire::Attempt attempt;
    Digest digest;
    std::string task;
    Digest record;        // of the sealed result's own record
    std::string staging;  // sealed; empty when the store had the result already
    std::string facts;
    bool fresh = false;  // takes the place of what the store has
    wire::AttemptLog log;
    // Folders that are prepared and wait for the verdict.
    std::optional<std::vector<TaskCommit>> commit = {};
};

template <class Visitor>
void describe(Completion& value, Visitor& field) {
    field("attempt", value.attempt, {.meaning = "Attempt.", .required = true});
    field("digest", value.digest, {.meaning = "Digest that names the result.", .required = true});
    field("task", value.task, {.meaning = "Name of the task."});
    field("record", value.record, {.meaning = "Digest of the sealed record of the result."});
    field("staging", value.staging, {.meaning = "Folder of the sealed result."});
    field("facts", value.facts, {.meaning = "Facts for the record, as JSON."});
    field("fresh", value.fresh, {.meaning = "Whether it replaces the result in the store."});
    field("commit", value.commit, {.meaning = "Folders to rename when it is accepted."});
    field("log", value.log, {.meaning = "Log of the attempt."});
}

// "7-3-42": an attempt as the name of a file or folder.
std::string file_name_of(const wire::Attempt& attempt);

class Outbox {
  public:
    // Throws Error{usage} when another process has the folder.
    explicit Outbox(const std::filesystem::path& state);
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    // Durable when it returns.
    void put(const Completion& completion);
    void remove(const wire::Attempt& attempt);

    // What an earlier process left. A file that cannot be understood is set aside as `.damaged`.
    std::vector<Completion> load();

  private:
    std::filesystem::path path_of(const wire::Attempt& attempt) const;

    std::filesystem::path folder_;
    FileLock lock_;
};

}  // namespace nightreel

#pragma once
// What a store holds and what of it may go. Reading is disk, choosing is pure; any thread. Results
// may come and go meanwhile.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/plan/task_kind.h"
#include "pipeline/store/artifact_store.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"

namespace nightreel {

struct StoredResult {
    Digest digest;
    TaskKind kind = TaskKind::sample;
    std::string task;         // name of the task that made it first
    std::uint64_t bytes = 0;  // of its files
    Millis age{0};            // since it was made, by the clock of the disk
};

struct StoreContents {
    std::vector<StoredResult> results;  // by digest
    std::uint64_t staging_bytes = 0;    // of attempts in work, or left over
    std::uint64_t damaged_bytes = 0;    // kept as evidence
};

// What the record of a result says, with no byte of its files verified; nothing when there is none.
std::optional<Artifact> recorded_result(const std::filesystem::path& root, const Digest& digest);

// Of a store's root, which must be there. Results whose record cannot be read are left out: they
// are found and set aside when they are used.
StoreContents contents_of_store(const std::filesystem::path& root);

// Results that are at least so old and in none of the sets.
std::vector<StoredResult> prunable(const StoreContents& contents,
                                   const std::set<Digest>& kept,
                                   const std::set<Digest>& in_work,
                                   Millis older_than);

}  // namespace nightreel

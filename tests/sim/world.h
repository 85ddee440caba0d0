#pragma once
// What is true outside of the scheduler: what the tasks really do, and what lies in the artifact
// store. Workers act on it, the oracle judges by it, the scheduler never sees it. One thread.

#include <map>
#include <optional>
#include <set>
#include <string>

#include "scheduler/farm/commands.h"

namespace nightreel::sim {

// How a piece of work behaves wherever it runs. Most of it is sound.
enum class Nature { sound, bad_input, crashes, corrupt, never_available, wants_memory };

// By digest, because the same work behaves alike in every job.
struct Truth {
    Nature nature = Nature::sound;
    std::uint64_t needs_bytes = 0;       // for wants_memory: what it really takes,
    std::uint64_t needs_bytes_lean = 0;  // and with the leanest plan
};

struct Artifact {
    bool whole = true;
    AttemptId by;
};

// A machine: what it has and what is wrong with it, whatever its worker says.
struct Machine {
    std::set<std::string> models;
    bool store_mounted = true;
    bool can_publish = true;

    friend bool operator==(const Machine&, const Machine&) = default;
};

// Of the card of a model with this name; none for no model.
inline Digest card_of(const std::string& model) {
    return model.empty() ? Digest{} : digest_of("card of " + model);
}

class World {
  public:
    std::map<Digest, Truth> truths;
    std::map<Digest, Artifact> store;
    std::set<Digest> ever_published;
    std::map<WorkerId, Machine> machines;
    std::map<JobId, std::vector<TaskSpec>> jobs;  // as submitted

    const TaskSpec& spec(TaskKey key) const { return jobs.at(key.job).at(key.index); }

    bool readable(const Digest& digest) const {
        const auto found = store.find(digest);
        return found != store.end() && found->second.whole;
    }

    void publish(const Digest& digest, AttemptId by) {
        store[digest] = {true, by};
        ever_published.insert(digest);
    }
};

// What the links, machines and disks do wrong, until the end of the faults.
struct Faults {
    int lose_per_mille = 0;
    int repeat_per_mille = 0;
    int late_per_mille = 0;
    int worker_crash_per_mille = 0;
    int worker_stall_per_mille = 0;
    int task_trouble_per_mille = 0;
    int scheduler_crash_per_mille = 0;
    int append_failure_per_mille = 0;
    int damage_per_mille = 0;
    int operator_per_mille = 0;
    int clock_jump_per_mille = 0;
    int machine_per_mille = 0;          // a model or a mount goes, or is there again
    int manage_per_mille = 0;           // somebody drains a worker, takes it offline or online
    int scheduler_stall_per_mille = 0;  // it stops for longer than a lease and does not know it
};

}  // namespace nightreel::sim

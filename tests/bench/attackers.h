#pragma once
// Hostile peers of a scheduler, each kind in a process of its own at the lowest priority: on a farm
// they would have processors of their own. Four kinds share one key and twelve connections, the
// fifth has no key. Counts are in memory that all share.

#include <atomic>
#include <cstdint>
#include <vector>

#include <sys/types.h>

#include "tests/bench/load_farm.h"

namespace nightreel {

struct AttackCounts {
    std::atomic<bool> go = false;
    // Messages that the attacker's ZeroMQ took; what was sent while the key was refused is none.
    std::atomic<std::uint64_t> flood = 0;   // requests of each kind
    std::atomic<std::uint64_t> forged = 0;  // reports on others' attempts, roles it does not have
    std::atomic<std::uint64_t> oversized = 0;        // up to and beyond what a message may have
    std::atomic<std::uint64_t> mutated = 0;          // three bytes changed
    std::atomic<std::uint64_t> answered = 0;         // the last requests of mutating connections
    std::atomic<std::uint64_t> raw_connections = 0;  // greetings byte by byte, halves of frames
    std::atomic<std::uint64_t> raw_bytes = 0;
};

// Which of them, over how many connections.
struct AttackPlan {
    int flood = 3;
    int forged = 2;
    int oversized = 2;
    int mutated = 5;
    int raw = 200;
    std::uint64_t mutated_max = 1'000'000;
    // Of mutated messages on one connection that are not answered yet; none: as many as it takes.
    std::uint64_t unanswered_max = 0;
    int nice = 19;
};

class Attack {
  public:
    // They wait until told to go.
    Attack(const Scheduler& scheduler, const AttackPlan& plan);
    ~Attack();  // ends them
    Attack(const Attack&) = delete;
    Attack& operator=(const Attack&) = delete;

    void go() { counts_->go = true; }

    const AttackCounts& counts() const { return *counts_; }

  private:
    template <class Body>
    void begin(int nice, Body body);

    AttackCounts* counts_;
    std::vector<pid_t> children_;
};

}  // namespace nightreel

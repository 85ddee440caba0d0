#pragma once
// What became fact about workers. Read events.h first.

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/farm/task.h"
#include "scheduler/farm/worker_offer.h"
#include "shotspec/base/clock.h"

namespace nightreel {

struct WorkerJoined {
    static constexpr std::string_view name = "worker_joined/1";
    Millis at{0};
    WorkerId worker;
    SessionId session;
    std::string host;
    std::uint64_t memory_bytes = 0;
    friend bool operator==(const WorkerJoined&, const WorkerJoined&) = default;
};

struct WorkerSeen {
    static constexpr std::string_view name = "worker_seen/1";
    Millis at{0};
    WorkerId worker;
    friend bool operator==(const WorkerSeen&, const WorkerSeen&) = default;
};

struct WorkerSetAside {
    static constexpr std::string_view name = "worker_set_aside/1";
    Millis at{0};
    WorkerId worker;
    Millis until{0};
    std::string why;
    friend bool operator==(const WorkerSetAside&, const WorkerSetAside&) = default;
};

struct WorkerRestored {
    static constexpr std::string_view name = "worker_restored/1";
    Millis at{0};
    WorkerId worker;
    std::string by;  // empty: its time was over
    friend bool operator==(const WorkerRestored&, const WorkerRestored&) = default;
};

struct WorkerForgotten {
    static constexpr std::string_view name = "worker_forgotten/1";
    Millis at{0};
    WorkerId worker;
    friend bool operator==(const WorkerForgotten&, const WorkerForgotten&) = default;
};

// What a worker says of itself, when it starts and whenever it changes. It replaces what was said
// before, and what the worker was found unfit for.
struct WorkerOffered {
    static constexpr std::string_view name = "worker_offered/1";
    Millis at{0};
    WorkerId worker;
    WorkerOffer offer;
    friend bool operator==(const WorkerOffered&, const WorkerOffered&) = default;
};

// It cannot do what needs this model, or (with an empty digest) anything at all.
struct WorkerUnfit {
    static constexpr std::string_view name = "worker_unfit/1";
    Millis at{0};
    WorkerId worker;
    Digest model;
    std::string why;
    friend bool operator==(const WorkerUnfit&, const WorkerUnfit&) = default;
};

// Somebody decided whether it is given work.
struct WorkerManaged {
    static constexpr std::string_view name = "worker_managed/1";
    Millis at{0};
    WorkerId worker;
    WorkerMode mode = WorkerMode::online;
    std::string by;
    friend bool operator==(const WorkerManaged&, const WorkerManaged&) = default;
};

}  // namespace nightreel

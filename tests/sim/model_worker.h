#pragma once
// A worker as the real one behaves towards the scheduler: one task at a time, an outbox that
// survives its death, and no belief in anything but answers. Owned by the simulation; one thread.

#include <map>
#include <optional>
#include <vector>

#include "scheduler/farm/commands.h"
#include "tests/sim/dice.h"
#include "tests/sim/world.h"

namespace nightreel::sim {

class ModelWorker {
  public:
    ModelWorker(WorkerId id, std::uint64_t memory_bytes, World& world, Dice& dice)
        : id_(std::move(id)), memory_bytes_(memory_bytes), world_(world), dice_(dice) {
        start_again();
    }

    // What it sends when it gets to do something at `now`.
    std::vector<Command> act(Millis now, int trouble_per_mille);
    void hear(const Answer& answer, SessionId addressee, Millis now);

    // The process dies: what it ran is lost, its outbox is not.
    void die(Millis back_at);

    // The process stops and does not know it.
    void stall(Millis until) { idle_until_ = until; }

    const WorkerId& id() const { return id_; }

    SessionId session() const { return session_; }

    std::uint64_t memory_bytes() const { return memory_bytes_; }

    // For a repeat of something said long ago.
    const std::vector<Command>& said() const { return said_; }

  private:
    enum class Stage { finished, unpublished, published, failed };

    struct Completion {
        Stage stage = Stage::finished;
        bool cached = false;
        ErrorKind kind = ErrorKind::internal;
        FailureCause cause = FailureCause::task;
        std::vector<Digest> lost_inputs;
        Millis send_at{0};
    };

    struct Running {
        TaskAttempt attempt;
        Millis ends_at{0};
        Completion outcome;
    };

    void start_again();
    void begin(const LeaseGranted& lease, Millis now);
    Completion outcome_of(const LeaseGranted& lease);
    Completion failure(ErrorKind kind, std::vector<Digest> lost = {}) const;
    void obey(const AttemptVerdict& verdict);
    Command report(const TaskAttempt& attempt, const Completion& completion) const;
    std::vector<TaskAttempt> outbox_attempts() const;
    std::map<TaskAttempt, std::string> reasons() const;
    WorkerOffer offer() const;
    std::optional<ErrorKind> unable_to(const TaskSpec& spec);
    void try_to_publish(const TaskAttempt& attempt, Completion& completion);

    WorkerId id_;
    std::uint64_t memory_bytes_;
    World& world_;
    Dice& dice_;
    std::map<TaskAttempt, Completion> outbox_;  // on disk
    SessionId session_;
    bool greeted_ = false;
    int trouble_per_mille_ = 0;
    std::optional<Running> running_;
    Millis idle_until_{0};
    Millis greet_at_{0};
    Millis keep_alive_at_{0};
    Millis ask_at_{0};
    Millis offer_at_{0};
    std::optional<Machine> told_;
    std::vector<Command> said_;
};

}  // namespace nightreel::sim

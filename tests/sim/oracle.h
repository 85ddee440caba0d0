#pragma once
// Judges every durable decision by its own book: may this become fact, now, because of this
// command? And: what had to happen and did not? A violation throws Error{internal}. One thread.

#include <optional>
#include <span>
#include <string>

#include "scheduler/farm/farm.h"
#include "tests/sim/book.h"
#include "tests/sim/world.h"

namespace nightreel::sim {

struct Moment {
    Millis now{0};       // by the wall clock of the scheduler
    Millis listened{0};  // time in which it listened, by a clock that nobody sets
};

class Oracle {
  public:
    Oracle(const World& world, const FarmPolicy& policy) : world_(world), policy_(policy) {}

    void judge(const Command& command, const Decision& decision, Moment moment);
    // The answers of a turn may be told, or be lost with the scheduler: that is for the simulation.

    bool all_ended() const;
    // What the book must say when every job has ended and no fault is left.
    void judge_end() const;

    const Book& book() const { return book_; }

  private:
    enum class Cause {
        lost,
        crashed,
        unavailable,
        out_of_memory,
        input_lost,
        killed,
        stopped,
        unfit,
        unpublished,
        hopeless
    };

    void fact(const JobSubmitted& e);
    void fact(const JobPaused& e);
    void fact(const JobResumed& e);
    void fact(const JobPrioritised& e);
    void fact(const JobFinished& e);
    void fact(const JobForgotten& e);
    void fact(const TasksCancelled& e);
    void fact(const TasksRetried& e);
    void fact(const WorkerJoined& e);
    void fact(const WorkerSeen& e);
    void fact(const WorkerSetAside& e);
    void fact(const WorkerRestored& e);
    void fact(const WorkerForgotten& e);
    void fact(const TaskLeased& e);
    void fact(const LeaseRenewed& e);
    void fact(const TaskAccepted& e);
    void fact(const TaskDone& e);
    void fact(const TaskReturned& e);
    void fact(const TaskFailed& e);
    void fact(const ArtifactLost& e);
    void fact(const LeasesExtended& e);
    void fact(const ClockSetBack& e);
    void fact(const JobAnnounced& e);
    void fact(const TasksAdded& e);
    void fact(const JobArrived& e);
    void fact(const JobDropped& e);
    void fact(const VersionsGiven& e);
    void fact(const WorkerOffered& e);
    void fact(const WorkerUnfit& e);
    void fact(const WorkerManaged& e);
    void fact(const WaitsEnded& e);
    void fact(const ClockStepped& e);
    void fact(const TaskGivenUp& e);
    void fact(const TakesReviewed& e);

    void note_afters();
    void require_placed_well(const TaskLeased& e, const AskForWork& ask) const;
    Cause cause_of_ending(TaskKey key) const;
    Cause cause_by_report(TaskKey key, const ReportFailure& report) const;
    bool at_limit(const TaskRecord& record, Cause cause) const;
    bool stuck_at_limit(const TaskRecord& record) const;
    bool larger_worker_known(const TaskRecord& record, bool surely) const;
    bool another_could_take(const TaskRecord& record, bool surely) const;
    static bool lost_to_farm(Cause cause);
    static bool backs_off(const FarmPolicy& policy, const TaskRecord& record, Cause cause);
    void note_wait(TaskRecord& record, const TaskReturned& e, Cause cause);
    void tally(TaskRecord& record, TaskKey key, Cause cause, bool failed);
    void note_spoken(const Answer& answer);
    std::optional<Millis> nobody_since(TaskKey key, bool surely) const;
    std::set<TaskIndex> selected(const Selection& selection) const;

    void note_heard();
    void require_answered(const Answer& answer) const;
    void require_verdicts(const WorkerId& worker, const Verdicts& verdicts) const;
    void require_no_idling(const AskForWork& ask) const;
    void require_acted(std::span<const Event> events) const;
    void require_time_acted() const;
    void require_managed() const;
    void require_one_machine(const Decision& decision) const;
    void require_reconciled() const;
    void require_remade(const ReportFailure& report) const;
    void require_lease_repeated(const AskForWork& ask) const;
    void require_set_aside(std::span<const Event> events) const;
    void require(bool holds, const std::string& what) const;

    const World& world_;
    const FarmPolicy& policy_;
    Book book_;

    // Of the command being judged.
    const Command* command_ = nullptr;
    Millis now_{0};
    Millis listened_{0};
    std::optional<SessionId> session_before_;  // of the worker that says Hello
    bool is_stranger_ = false;                 // its session is not the one that said Hello
    bool was_current_ = false;                 // its report carried the current attempt,
    bool was_accepted_ = false;                // which had been accepted
};

}  // namespace nightreel::sim

#pragma once
// The worker's loop: hello, ask, work, report, publish, ask again. One thread polls the scheduler,
// the render child and the stop signal; what waits for a disk runs on a side thread. A message may
// be lost, repeated or late: every report is said again until a verdict has come.

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/protocol/codec.h"
#include "worker/assignment.h"
#include "worker/attempt_logs.h"
#include "worker/offer.h"
#include "worker/outbox.h"
#include "worker/run_worker.h"
#include "worker/side_thread.h"
#include "worker/staging_owner.h"
#include "worker/work_folders.h"

namespace nightreel {

class Agent {
  public:
    // All references outlive the agent.
    Agent(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop);

    // Returns when it was told to stop.
    void run();

  private:
    // The one task in hand, from lease to the outbox.
    struct Current {
        // leased, rendered: what follows begins once the side thread is free.
        enum class Phase { leased, preparing, rendering, rendered, recording };

        wire::Lease lease;
        std::vector<wire::LeasePart> parts = {};
        Phase phase = Phase::leased;
        Preparation preparation;
        std::string inputs;  // their identity before they were read
        Millis stall{0};     // that its model asks for
        TaskResult result;
        std::optional<RenderFailure> failure;  // in place of a result
        Completion completion;
        bool dropped = false;  // not wanted any more; to be cleared away
        double told_fraction = 0;
        bool is_followed = false;    // somebody reads its log
        std::uint64_t told_log = 0;  // up to here
    };

    // A finished task until the scheduler has recorded it.
    struct Finished {
        Completion completion;
        enum class Phase { reported, publishing, published };
        Phase phase = Phase::reported;
        Millis say_at{0};
        Millis publish_after{0};
        std::string trouble = {};  // why it is not published yet
    };

    struct Failure {
        wire::Failed message;
        Millis say_at{0};
    };

    void turn();
    void wait();
    void watch_renderer();
    Millis next_deadline() const;

    void receive();
    void hear(const wire::Welcome& message);
    void warn_of_unknown_roots(const std::vector<wire::FarmRoot>& roots);
    void hear(const wire::Verdicts& message);
    void hear(const wire::Lease& message);
    void hear(const wire::NoWork& message);
    void hear(const wire::HelloFirst& message);
    void hear(const wire::Refused& message);
    void hear(const wire::Shutdown& message);
    void hear(const wire::LeasePart& message);
    bool has_all_parts_of(const wire::Lease& lease) const;
    void obey(const wire::AttemptVerdict& verdict);
    void obey(Finished& finished, wire::Verdict verdict);

    void advance_current();
    void begin_preparing();
    void prepare_current(const WorkFolders& folders);
    void after_preparation();
    void begin_rendering(const TaskRequest& request);
    void after_rendering(RenderOutcome outcome);
    void judge_failure(const RenderFailure& failure);
    void look_for_lost_inputs();
    void begin_recording();
    void after_recording();
    void fail_current(const RenderFailure& failure);
    void clear_current();
    wire::AttemptLog log_of_current(const std::string& otherwise) const;

    // What waits for a disk. `then` and `failed` run on our thread.
    struct SideWork {
        std::function<void()> job;
        std::function<void()> then;
        std::function<void(const Error&)> failed;
    };

    void start_side(SideWork work);
    void advance_side_thread();
    void start_publishing();
    void after_publishing(const wire::Attempt& attempt);
    void publishing_failed(const wire::Attempt& attempt, const Error& error);
    void start_clearing();
    void settle(const wire::Attempt& attempt);
    void start_looking();
    void look_again();
    void after_looking();

    void speak();
    void say_hello();
    void say_offer();
    void say_reports();
    void say_keep_alive();
    wire::AttemptProgress progress_of_current();
    bool wants_work() const;
    void say_ask();
    bool say(const wire::WorkerMessage& message);
    void check_scheduler_is_there();
    void farewell();

    const WorkerConfig& config_;
    const Clock& clock_;
    Log& log_;
    const StopSignal& stop_;
    WorkFolders folders_;                     // copied for the side thread
    std::atomic<bool> side_unwanted_{false};  // what the side thread does is to end soon
    const Pulse side_pulse_;                  // by which it hears of that
    // The side thread's while it works.
    Outbox outbox_;
    AttemptLogs logs_;
    ArtifactStore store_;
    StagingOwner staging_owner_;
    Workplace workplace_;
    ModelShelf shelf_;
    wire::Offers looked_;  // what it found last

    wire::Connection connection_;
    RenderChild child_;

    std::uint64_t session_ = 0;
    Millis now_{0};  // read once a turn
    bool stopping_ = false;
    bool welcome_ = false;
    Millis keep_alive_{5'000};
    Millis lease_{0};  // what the farm tolerates of a whole machine, no task is stopped for
    Millis hello_at_{0};
    Millis ask_at_{0};
    Millis keep_alive_at_{0};
    Millis heard_at_{0};
    Millis trouble_told_at_{0};
    std::optional<Millis> stuck_since_;  // a renderer was killed and has not ended
    Millis told_stuck_{-1};

    std::vector<wire::LeasePart> parts_;  // of a lease that has not come yet
    std::string name_;                    // in the farm
    std::optional<Current> current_;
    std::map<wire::Attempt, Finished> finished_;
    std::map<wire::Attempt, Failure> failures_;
    std::string loaded_model_;
    std::optional<wire::Attempt> published_now_;  // by the side thread
    std::vector<wire::Attempt> settled_;          // still in the outbox
    bool clearing_due_ = false;                   // of the outbox and our staging folders
    std::optional<Millis> clear_again_at_;        // what could not be cleared away
    std::optional<wire::Offers> offer_;           // what we have
    bool offer_due_ = false;                      // to be said
    Millis look_at_{0};                           // for what we have

    SideWork side_work_;  // what the side thread does
    SideThread side_;     // last: it ends before what its job touches
};

}  // namespace nightreel

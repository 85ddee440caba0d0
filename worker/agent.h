#pragma once
// The worker's loop: hello, ask, work, report, publish, ask again. One thread polls the scheduler,
// the render child and the stop signal; what waits for a disk runs on a side thread. A message may
// be lost, repeated or late: every report is said again until a verdict has come.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "scheduler/protocol/codec.h"
#include "worker/assignment.h"
#include "worker/attempt_logs.h"
#include "worker/outbox.h"
#include "worker/run_worker.h"
#include "worker/side_thread.h"

namespace nightreel {

class Agent {
  public:
    // All references outlive the agent.
    Agent(const WorkerConfig& config, const Clock& clock, Log& log, const StopSignal& stop);

    // Returns when it was told to stop.
    void run();

  private:
    // The one task in hand, from lease to seal.
    struct Current {
        enum class Phase { preparing, rendering, sealing };

        wire::Lease lease;
        Phase phase = Phase::preparing;
        Preparation preparation;
        TaskResult result;
        Artifact artifact;
        std::string log_path;
        bool dropped = false;  // not wanted any more; to be cleared away
        double told_fraction = 0;
    };

    // A finished task until the scheduler has recorded it.
    struct Finished {
        Completion completion;
        enum class Phase { reported, publishing, published };
        Phase phase = Phase::reported;
        Millis say_at{0};
        Millis publish_after{0};
    };

    struct Failure {
        wire::Failed message;
        Millis say_at{0};
    };

    void turn();
    void wait();
    Millis next_deadline() const;

    void receive();
    void hear(const wire::Welcome& message);
    void hear(const wire::Verdicts& message);
    void hear(const wire::Lease& message);
    void hear(const wire::NoWork& message);
    void hear(const wire::HelloFirst& message);
    void hear(const wire::Refused& message);
    void hear(const wire::Shutdown& message);
    void obey(const wire::AttemptVerdict& verdict);
    void obey(Finished& finished, wire::Verdict verdict);

    void advance_current();
    void advance_side_thread();
    void after_preparation();
    void after_rendering(const RenderOutcome& outcome);
    void after_sealing();
    void finish_current(Completion completion);
    void fail_current(ErrorKind kind, const std::string& text, std::vector<Digest> lost = {});
    void clear_current();
    wire::AttemptLog log_of_current() const;

    void start_publishing();
    void settle(const wire::Attempt& attempt);

    void speak();
    void say_reports();
    void say_keep_alive();
    bool wants_work() const;
    void say_ask();
    bool say(const wire::WorkerMessage& message);
    void check_scheduler_is_there();
    void farewell();

    const WorkerConfig& config_;
    const Clock& clock_;
    Log& log_;
    const StopSignal& stop_;
    Outbox outbox_;
    AttemptLogs logs_;
    ArtifactStore store_;
    Workplace workplace_;
    wire::Connection connection_;
    RenderChild child_;

    std::uint64_t session_ = 0;
    Millis now_{0};  // read once a turn
    bool stopping_ = false;
    bool welcome_ = false;
    Millis keep_alive_{5'000};
    Millis hello_at_{0};
    Millis ask_at_{0};
    Millis keep_alive_at_{0};
    Millis heard_at_{0};
    Millis trouble_told_at_{0};

    std::optional<Current> current_;
    std::map<wire::Attempt, Finished> finished_;
    std::map<wire::Attempt, Failure> failures_;
    std::string loaded_model_;

    std::function<void()> after_side_;  // what follows the side thread's job, on our thread
    SideThread side_;                   // last: it ends before what its job touches
};

}  // namespace nightreel

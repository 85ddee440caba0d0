#pragma once
// The scheduler's one event loop: take what has arrived, decide, write all facts of the turn in one
// transaction, and only then answer. One thread, which owns farm, journal and sockets; another may
// raise its stop signal.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "scheduler/farm/farm.h"
#include "scheduler/journal/journal.h"
#include "scheduler/protocol/codec.h"
#include "scheduler/protocol/socket.h"
#include "scheduler/protocol/zap_door.h"
#include "scheduler/server/client_queue.h"
#include "scheduler/server/connection_book.h"
#include "scheduler/server/fault_book.h"
#include "scheduler/server/listing.h"
#include "scheduler/server/live_logs.h"
#include "scheduler/server/peer_limits.h"
#include "scheduler/server/rates.h"
#include "scheduler/server/review_mirror.h"
#include "scheduler/server/run_server.h"
#include "scheduler/server/submissions.h"

namespace nightreel {

class Server {
  public:
    static constexpr int commands_per_turn_max = 256;
    static constexpr Millis turn_max{20};           // then what waits is for the next turn
    static constexpr Millis clients_max{1};         // of a turn, once its workers are served
    static constexpr int full_turns_max = 16;       // before time goes on although messages wait
    static constexpr Millis away_tolerated{5'000};  // between two looks at the socket
    static constexpr std::size_t watchers_max = 1'000;
    static constexpr Millis news_every{200};    // of one job, at most
    static constexpr Millis tick_every{1'000};  // while leases run
    static constexpr Millis tick_idle{30'000};  // while none do
    // For workers to give back what they have, and for last replies to be read.
    static constexpr Millis farewell_max{3'000};
    static constexpr Millis farewell_min{500};

    // Replays the journal and listens. All references outlive the server.
    Server(const ServerConfig& config, Journal& journal, const Clock& clock, Log& log);

    // Where workers and clients connect to.
    std::string endpoint() const;

    // Until `stop` is raised or somebody closes the farm. What `reload` reads is in force from then
    // on; a key that is no longer allowed is refused at its next message.
    void run(const StopSignal& stop, const Reload& reload = {});

  private:
    static inline const wire::Shutdown shutdown_message{"the farm was closed"};

    using Routing = std::string;  // of one connection, as ZeroMQ numbers it

    struct Outgoing {
        Routing to;
        std::string bytes;
    };

    // Who is told of a job's progress, and under which request number.
    struct Watcher {
        std::uint64_t request = 0;
        Millis until{0};
    };

    // A job that somebody watches, and what became of it since its watchers were told.
    struct WatchedJob {
        std::map<Routing, Watcher> watchers;
        JobChanges changes;
        Millis told_at{0};
        bool has_news = false;
    };

    // Who sent the message that is being answered.
    struct Sender {
        Routing routing;
        wire::Peer peer;
        std::uint64_t request = 0;
    };

    void turn();
    bool closed() const;
    void wait(const StopSignal& stop, const Reload& reload);
    void apply(const Reload& reload);
    Millis next_deadline() const;

    // Facts could not be made: the farm in memory is no longer what a replay would give.
    struct FarmBroken : std::runtime_error {
        using std::runtime_error::runtime_error;
    };

    void receive();
    void take(wire::Frames frames);
    void serve_clients();
    void refuse_removed_key(const wire::Frames& frames);
    void take_admitted(Sender& sender, const std::string& bytes);
    void refuse(const Sender& sender, const Error& error);
    void refuse_for_now(const Sender& sender);
    void refuse_what_broke_the_farm(const wire::Peer& peer, const std::string& bytes) const;
    void take_from_worker(const Sender& sender, const std::string& bytes);
    void take_from_client(Sender& sender, const std::string& bytes);
    wire::ServerReply reply_to(const Sender& sender, const wire::ClientRequest& request);
    wire::ServerReply reply_to_submission(const Sender& sender, const wire::ClientRequest& request);
    wire::ServerReply begin_submission(const Sender& sender, const wire::SubmitBegin& request);
    wire::ServerReply add_to_submission(const std::string& who, const wire::SubmitTasks& request);
    std::optional<wire::ServerReply> known_submission(const Sender& sender,
                                                      const std::string& submission) const;
    wire::ServerReply watch(const Sender& sender, JobId job);
    ListingPage logs_below(const Selection& selection, std::uint64_t first);
    std::vector<std::string> logs_of_task(TaskKey key, const Task& task);
    std::string device_class_with_most_memory() const;
    bool is_own_job(const Sender& sender, const wire::ClientRequest& request) const;
    void forget_idle_submissions();

    // Makes a command's facts part of this turn.
    Decision carry_out(const Command& command);
    bool holds(const WorkerId& worker, const TaskAttempt& attempt) const;
    void note_report(const wire::WorkerMessage& message, const Decision& decision, WorkerId worker);
    void answer_worker(const Sender& sender, const Answer& answer);
    std::optional<std::string> order_of(const TaskKey& task);
    std::string output_of(JobId id) const;
    void say_lease(const Routing& to, const LeaseGranted& granted);
    std::vector<NightFile> night_of(JobId job);
    wire::ServerReply add_night(const std::string& who, const wire::SubmitNight& request);
    ListingPage night_page(JobId job, std::uint64_t first);
    void watch_clocks();
    void tick();
    std::optional<Millis> predecessor_heard(const WorkerId& worker, SessionId session) const;
    void note_heard(const WorkerId& worker, SessionId session, bool goodbye);

    void make_review_mirror();
    void take_found_reviews();

    void announce(const std::vector<Event>& facts);
    void log_fact(const Event& fact);
    void wake_idle_workers();

    FarmView view() const;

    bool is_followed(const TaskAttempt& attempt) const;
    void note_change(const Event& fact);
    void note_progress(const TaskAttempt& attempt, const wire::AttemptProgress& progress);
    void tell_watchers();
    bool tell_watchers_of(JobId job, WatchedJob& watched);
    void stop_watching(const Routing& routing);
    void forget_old_progress();
    void warn(const std::string& event, const std::string& peer, const std::string& why);
    void tell_what_was_left_out();
    template <class Messages>
    std::string fitting(const Messages& message, std::uint64_t request) const;
    void say(const Routing& to, const wire::SchedulerMessage& message);
    void reply(const Sender& sender, const wire::ServerReply& message);
    wire::SchedulerMessage welcome(const WorkerId& worker) const;
    void close_farm();

    ServerConfig config_;
    Journal& journal_;
    const Clock& clock_;
    Log& log_;
    Farm farm_;
    TallyBook tallies_;
    RateBook rates_;
    ProgressBoard progress_;
    FaultBook faults_;
    Submissions submissions_;
    LiveLogs live_logs_;
    PeerMeter meter_;
    LogMeter log_meter_;
    ConnectionBook connections_;
    ClientQueue clients_;
    std::unique_ptr<ReviewMirror> review_mirror_;  // none where the farm has no output roots

    wire::ZmqContext context_;
    wire::ZapDoor door_;
    wire::ZmqSocket socket_;

    Millis now_{0};     // wall time, read once a turn
    Millis steady_{0};  // for waits
    Millis tick_at_{0};
    Millis listened_at_{0};   // steady, when the socket was last looked at
    Millis clock_offset_{0};  // of wall to steady time
    int full_turns_ = 0;
    JournalBatch batch_;
    std::vector<Outgoing> outgoing_;  // told once the batch is durable
    std::map<JobId, WatchedJob> watched_;
    std::size_t watchers_ = 0;
    std::map<WorkerId, Routing> workers_;
    std::map<WorkerId, Millis> heard_;  // steady: when the session that the farm knows last spoke
    WorkerId woken_last_;
    std::map<WorkerId, Routing> idle_;     // were told that there is no work
    bool more_waits_ = false;              // the turn was full
    std::optional<Millis> closing_since_;  // once the farm is being closed
};

}  // namespace nightreel

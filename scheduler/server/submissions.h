#pragma once
// Jobs that are still arriving, piece by piece. Each task is checked on arrival: its order can be
// read, its digest is the order's own, every input is made by a task that it needs, and it
// publishes only below an output root. What has arrived is with the farm and in the journal; here
// is what is only of use until the last piece. Owned by the event loop; lost with it, and then
// submitted again.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/farm/commands.h"
#include "scheduler/protocol/client_messages.h"
#include "scheduler/server/run_server.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// `orders` are the task orders as JSON.
struct ArrivedPiece {
    std::vector<TaskSpec> tasks;
    std::vector<std::string> orders;
};

class Submissions {
  public:
    static constexpr std::size_t pending_max = 64;
    static constexpr std::size_t bytes_max = std::size_t{512} << 20;  // of one job
    static constexpr std::size_t order_bytes_max = 256 * 1024;
    static constexpr std::size_t name_bytes_max = 256;
    static constexpr std::size_t night_pieces_max = 1'000;
    static constexpr std::size_t night_name_bytes_max = 4'096;
    static constexpr std::size_t needs_max = 50'000;  // of all tasks in one message
    static constexpr Millis idle_max{120'000};

    // `config` outlives this.
    explicit Submissions(const ServerConfig& config) : config_(config) {}

    // Each throws Error: bad_input when something is wrong with the request, and names the task;
    // unavailable when too many jobs arrive at once, or the submission was not begun.

    // What can be seen of a submission before it is announced to the farm.
    void check(const std::string& submitter, const wire::SubmitBegin& request) const;
    void begin(const std::string& submitter,
               const wire::SubmitBegin& request,
               JobId job,
               Millis now);
    JobId job_of(const std::string& submitter, const std::string& submission) const;
    // What is new of a piece: tasks that have `arrived` already are passed over.
    ArrivedPiece check_piece(const std::string& submitter,
                             const wire::SubmitTasks& request,
                             const std::vector<TaskSpec>& arrived,
                             Millis now);
    // What is new of the night's text.
    std::vector<NightFile> check_night(const std::string& submitter,
                                       const wire::SubmitNight& request,
                                       Millis now);
    std::uint32_t night_pieces(const std::string& submitter, const std::string& submission) const;
    // Forgets the submission.
    JobId end(const std::string& submitter, const wire::SubmitEnd& request);
    // The jobs of which nothing came for long; forgotten here.
    std::vector<JobId> forget_idle(Millis now);

  private:
    struct Pending {
        JobId job;
        std::size_t bytes = 0;
        std::size_t night_bytes = 0;
        std::uint32_t night_pieces = 0;
        Millis touched{0};
    };

    using Key = std::pair<std::string, std::string>;  // submitter, submission

    const Pending& pending(const Key& key) const;

    const ServerConfig& config_;
    std::map<Key, Pending> pending_;
};

}  // namespace nightreel

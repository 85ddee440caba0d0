#pragma once
// Jobs that are still arriving, piece by piece. Each task is checked on arrival: its order can be
// read, its digest is the order's own, and every input is made by a task that it needs. Owned by
// the event loop; lost with it, and then submitted again.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/farm/commands.h"
#include "scheduler/protocol/client_messages.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// A job that has arrived whole. `orders` are the task orders as JSON, by number of the task.
struct ArrivedJob {
    SubmitJob command;
    std::vector<std::string> orders;
};

class Submissions {
  public:
    static constexpr std::size_t pending_max = 16;
    static constexpr std::size_t bytes_max = std::size_t{512} << 20;  // of one job
    static constexpr std::size_t order_bytes_max = 256 * 1024;
    static constexpr std::size_t name_bytes_max = 256;
    static constexpr Millis idle_max{120'000};

    explicit Submissions(std::size_t tasks_max) : tasks_max_(tasks_max) {}

    // Each throws Error{bad_input} that names the task and what is wrong with it. A piece that has
    // arrived already is passed over. Returns how many tasks have arrived.
    std::uint64_t begin(const std::string& submitter, const wire::SubmitBegin& request, Millis now);
    std::uint64_t add(const std::string& submitter, const wire::SubmitTasks& request, Millis now);
    ArrivedJob end(const std::string& submitter, const wire::SubmitEnd& request);

  private:
    struct Pending {
        ArrivedJob job;
        std::uint64_t tasks = 0;
        std::size_t bytes = 0;
        Millis touched{0};
    };

    using Key = std::pair<std::string, std::string>;  // submitter, submission

    Pending& pending(const Key& key);
    void forget_idle(Millis now);

    std::size_t tasks_max_;
    std::map<Key, Pending> pending_;
};

}  // namespace nightreel

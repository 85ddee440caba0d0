#include "scheduler/server/run_server.h"

#include <sys/resource.h>

#include "scheduler/journal/sqlite_journal.h"
#include "scheduler/server/loop/server.h"

namespace nightreel {
namespace {

void raise_descriptor_limit(Log& log) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    const bool raised = ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
    log.info("descriptor_limit",
             {{"limit", static_cast<std::int64_t>(raised ? limit.rlim_max : before)}});
}

}  // namespace

void run_server(const ServerConfig& config,
                const Clock& clock,
                Log& log,
                const StopSignal& stop,
                const std::function<void(const std::string& endpoint)>& on_ready,
                const Reload& reload) {
    raise_descriptor_limit(log);
    SqliteJournal journal(config.journal);
    Server server(config, journal, clock, log);
    on_ready(server.endpoint());
    server.run(stop, reload);
}

}  // namespace nightreel

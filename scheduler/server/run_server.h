#pragma once
// A scheduler from start to stop: the entry point of `nightreel serve` and, on a thread of its own,
// of `nightreel run`.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scheduler/farm/policy.h"
#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/scheduler_messages.h"
#include "scheduler/server/peer_limits.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/log.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel {

struct ServerConfig {
    std::string endpoint = "tcp://127.0.0.1:*";  // the port may be left to the system
    std::filesystem::path journal;               // the SQLite file
    wire::KeyPair keys;
    wire::AllowList allowed;
    FarmPolicy policy;
    // Folders below which results are published, by name; none: wherever workers may write.
    std::map<std::string, std::string> roots;
    Millis keep_alive{5'000};  // how often workers report; they are told
    // Folders that workers must find in their place; none: whatever they find.
    std::vector<wire::FarmRoot> marked_roots;
    PeerLimits limits;
};

// How the allow-list, policy, limits and roots are read again while the scheduler runs.
struct Reload {
    // True once after each wish.
    std::function<bool()> wanted;
    int descriptor = -1;  // readable when it is wanted; -1: never
    // What of it may not change is passed over. What it throws is logged, and nothing changes.
    std::function<ServerConfig()> read;
};

// Raises the limit of open descriptors of this process as far as the system allows, because every
// connection has one: the soft limit of services is 1,024. Calls `on_ready` once with the address
// that workers connect to. Returns when `stop` is raised or an admin closes the farm; workers are
// told in the latter case. Throws Error when the journal fails: what was not written was told to
// nobody, and the next start replays the rest.
void run_server(const ServerConfig& config,
                const Clock& clock,
                Log& log,
                const StopSignal& stop,
                const std::function<void(const std::string& endpoint)>& on_ready,
                const Reload& reload = {});

}  // namespace nightreel

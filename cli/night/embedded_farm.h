#pragma once
// A scheduler on a thread of this process, for `run` and for questions about a night that is not
// running. It is the server that `nightreel serve` runs, with its own journal and keys below an
// output folder.

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cli/farm/farm_folder.h"
#include "scheduler/protocol/client.h"
#include "scheduler/server/run_server.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/log.h"
#include "shotspec/base/stop_signal.h"

namespace nightreel::cli {

inline constexpr std::int32_t embedded_workers_max = 64;

class EmbeddedFarm {
  public:
    // Starts the scheduler and returns when it listens. Throws what the scheduler threw at its
    // start: Error{unavailable} when another process holds the journal. `clock` outlives it.
    // `workers` of them will be let in, besides those that were before; none: it only answers
    // questions.
    EmbeddedFarm(const FarmFolder& folder, const Clock& clock, std::int32_t workers);
    // Stops the scheduler.
    ~EmbeddedFarm();
    EmbeddedFarm(const EmbeddedFarm&) = delete;
    EmbeddedFarm& operator=(const EmbeddedFarm&) = delete;

    const wire::Address& address() const { return address_; }

    std::unique_ptr<wire::Client> connect() const;

    // Throws what the scheduler died of, if it has.
    void rethrow_failure() const;

  private:
    struct Shared;

    void serve(const ServerConfig& config);
    std::string wait_until_it_listens();
    void stop();

    FarmFolder folder_;
    const Clock& clock_;
    wire::Address address_;
    std::shared_ptr<Shared> shared_;
    StopRequest stop_;
    std::jthread thread_;
};

// The scheduler of a folder that a process serves now.
struct ServedFolder {
    wire::Address address;  // without an endpoint while it starts or ends
    bool by_run = false;    // else for questions alone
};

// Nothing when nobody serves it.
std::optional<ServedFolder> served_folder(const FarmFolder& folder);

}  // namespace nightreel::cli

#pragma once
// A scheduler to load, in a process of its own, and workers that load it. One thread a crew.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "pipeline/plan/task_graph.h"
#include "scheduler/protocol/client.h"
#include "scheduler/protocol/socket.h"
#include "scheduler/protocol/worker_messages.h"
#include "scheduler/server/run_server.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

constexpr int workers_max = 200;
constexpr int tasks_of_shot = 6;

double milliseconds_now();       // steady
double wall_milliseconds_now();  // as facts have it
double percentile(std::vector<double> values, double part);

// Processor time of a process, and how long its threads waited for a processor, in seconds.
struct ProcessorUse {
    double loop_seconds = 0;   // of its first thread
    double other_seconds = 0;  // of its others: ZeroMQ's
    double loop_waited = 0;
    double other_waited = 0;
};

ProcessorUse processor_use(pid_t process);
ProcessorUse operator-(const ProcessorUse& a, const ProcessorUse& b);

// A scheduler in a child process; its folder is on the disk of the build.
class Scheduler {
  public:
    explicit Scheduler(const PeerLimits& limits = {});
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    wire::Address address() const { return {config_.endpoint, config_.keys.public_key}; }

    wire::Client client() const;
    std::size_t peak_megabytes() const;
    bool is_alive() const;

    pid_t process() const { return child_; }

    // When each lease was given, in wall time, by attempt. Ends the scheduler.
    std::map<std::uint64_t, double> lease_times();

    wire::KeyPair attacker = wire::make_key_pair();
    std::vector<wire::KeyPair> workers;

  private:
    [[noreturn]] void serve();
    void end();

    TemporaryFolder folder_;
    wire::KeyPair operator_ = wire::make_key_pair();
    ServerConfig config_;
    pid_t child_ = -1;
};

TaskGraph night(const std::string& name, int shots);

void make_ready(wire::ZmqSocket& socket, const wire::Address& address, const wire::KeyPair& keys);

// What the workers of one thread saw.
struct Seen {
    std::vector<double> lease_ms;           // from asking to the lease that answers it
    std::map<std::uint64_t, double> asked;  // wall time, by attempt
    std::size_t done = 0;
};

// Workers that hold each task for a while, as real ones do, and say all that real ones say.
class Crew {
  public:
    Crew(const Scheduler& scheduler, int workers, double hold_ms);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    Seen run(double milliseconds, std::size_t tasks_max = SIZE_MAX);

  private:
    struct Worker;

    static void ask(Worker& worker);
    void act(Worker& worker);
    void hear(Worker& worker, Seen& seen);
    void take(Worker& worker, const wire::Lease& lease, Seen& seen);
    static void obey(Worker& worker, const wire::Verdicts& verdicts, Seen& seen);

    double hold_ms_;
    std::string facts_ = std::string(R"({"seconds":1.0,"note":")") + std::string(170, 'x') + "\"}";
    wire::ZmqContext context_{2};
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace nightreel

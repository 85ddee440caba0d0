// Loads a scheduler over its real socket and SQLite journal, in a process of its own, and prints
// what others notice of it. One JSON line each; parts by name: `scheduler_load_bench attack
// submit`.
//   transitions  200 workers of empty tasks: durable changes of state a second
//   watchers     60,000 tasks: ask to lease with and without ten who watch
//   submit       10,000 shots: how long, and how long others wait meanwhile
//   status       all pages of 30,000 and of 60,000 tasks
//   attack       50 workers of tasks of 1 s, beside one key that floods over 12 connections

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "scheduler/protocol/client.h"
#include "scheduler/protocol/codec.h"
#include "scheduler/server/run_server.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

constexpr int workers_max = 200;
constexpr int tasks_of_shot = 6;
constexpr int attack_connections = 12;
constexpr Millis patience{60'000};
const SystemClock machine_clock;

double milliseconds_now() {
    using Time = std::chrono::duration<double, std::milli>;
    return Time(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double percentile(std::vector<double> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(part * last)];
}

// A scheduler in a child process; its folder is on the disk of the build.
class Scheduler {
  public:
    Scheduler() {
        config_.endpoint = "ipc://" + (folder_.path() / "socket").string();
        config_.journal = folder_.path() / "journal.sqlite";
        config_.keys = wire::make_key_pair();
        config_.allowed.add(operator_.public_key, {"ada", wire::Role::admin});
        config_.allowed.add(attacker.public_key, {"eve", wire::Role::submit});
        for (int i = 0; i < workers_max; ++i) {
            workers.push_back(wire::make_key_pair());
            config_.allowed.add(workers.back().public_key,
                                {fmt::format("w{:03}", i), wire::Role::worker});
        }
        child_ = ::fork();
        if (child_ == 0) serve();
    }

    ~Scheduler() {
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
    }

    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    wire::Address address() const { return {config_.endpoint, config_.keys.public_key}; }

    wire::Client client() const { return {address(), operator_, machine_clock, patience}; }

    std::size_t peak_megabytes() const {
        std::ifstream status(fmt::format("/proc/{}/status", child_));
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
        }
        return 0;
    }

    wire::KeyPair attacker = wire::make_key_pair();
    std::vector<wire::KeyPair> workers;

  private:
    [[noreturn]] void serve() {
        const StopOnSignals stop;
        Log log(machine_clock, nullptr);
        int code = 0;
        try {
            run_server(config_, machine_clock, log, stop, [](const std::string&) {});
        } catch (const std::exception& error) {
            fmt::print(stderr, "the scheduler ended: {}\n", error.what());
            code = 1;
        }
        ::_exit(code);
    }

    TemporaryFolder folder_;
    wire::KeyPair operator_ = wire::make_key_pair();
    ServerConfig config_;
    pid_t child_ = -1;
};

TaskGraph night(const std::string& name, int shots) {
    TaskGraph graph;
    for (int i = 0; i < shots * tasks_of_shot; ++i) {
        PlannedTask task;
        task.name = fmt::format("sh{:05}.take01.t{}", i / tasks_of_shot, i % tasks_of_shot);
        EncodeOrder order;
        order.prompts = {name + task.name};
        task.order = order;
        task.digest = digest_of(task.order);
        task.cost.seconds = 1;
        graph.tasks.push_back(std::move(task));
    }
    return graph;
}

void make_ready(wire::ZmqSocket& socket, const wire::Address& address, const wire::KeyPair& keys) {
    socket.set_limits();
    socket.set(ZMQ_CURVE_SERVERKEY, address.scheduler.bytes);
    socket.set(ZMQ_CURVE_PUBLICKEY, keys.public_key.bytes);
    socket.set(ZMQ_CURVE_SECRETKEY, keys.secret);
    socket.connect(address.endpoint);
}

// What the workers of one thread saw.
struct Seen {
    std::vector<double> lease_ms;  // from asking to the lease that answers it
    std::size_t done = 0;
};

// Workers that hold each task for a while, as real ones do, and say all that real ones say.
class Crew {
  public:
    Crew(const Scheduler& scheduler, int workers, double hold_ms) : hold_ms_(hold_ms) {
        for (int i = 0; i < workers; ++i) {
            auto& worker = *workers_.emplace_back(std::make_unique<Worker>(context_));
            make_ready(
                worker.socket, scheduler.address(), scheduler.workers[static_cast<std::size_t>(i)]);
            send(worker, wire::Hello{session, "bench", std::uint64_t{16} << 30U, {}, {}});
        }
    }

    Seen run(double milliseconds, std::size_t tasks_max = SIZE_MAX) {
        Seen seen;
        const double until = milliseconds_now() + milliseconds;
        std::vector<zmq_pollitem_t> items;
        for (const auto& worker : workers_) {
            items.push_back({worker->socket.handle(), 0, ZMQ_POLLIN, 0});
        }
        while (milliseconds_now() < until && seen.done < tasks_max) {
            zmq_poll(items.data(), static_cast<int>(items.size()), 2);
            for (std::size_t i = 0; i < items.size(); ++i) {
                Worker& worker = *workers_[i];
                if ((items[i].revents & ZMQ_POLLIN) != 0) hear(worker, seen);
                act(worker);
            }
        }
        return seen;
    }

  private:
    static constexpr std::uint64_t session = 1;
    static constexpr double alive_every_ms = 5'000;
    static constexpr double never = 1e18;

    struct Worker {
        explicit Worker(wire::ZmqContext& context) : socket(context, ZMQ_DEALER) {}

        wire::ZmqSocket socket;
        std::optional<wire::Attempt> attempt;
        double asked_at = never;
        double ask_at = never;
        double done_at = never;
        double alive_at = 0;
    };

    static void send(Worker& worker, const wire::WorkerMessage& message) {
        worker.socket.send(std::array{wire::encode(message)});
    }

    static void ask(Worker& worker) {
        worker.asked_at = milliseconds_now();
        worker.ask_at = worker.asked_at + 5'000;  // should the answer be lost
        send(worker, wire::AskForWork{session, {}});
    }

    void act(Worker& worker) {
        const double now = milliseconds_now();
        if (now >= worker.ask_at) ask(worker);
        if (now >= worker.done_at) {
            worker.done_at = now + 5'000;
            send(worker, wire::Done{session, *worker.attempt, facts_, false, {"/log", "done\n"}});
        }
        if (worker.attempt && now >= worker.alive_at) {
            worker.alive_at = now + alive_every_ms;
            send(worker, wire::KeepAlive{session, {{*worker.attempt, 0.5, "step 1 of 2", 0, ""}}});
        }
    }

    void hear(Worker& worker, Seen& seen) {
        while (const auto frames = worker.socket.receive()) {
            const auto message = wire::decode<wire::SchedulerMessage>(frames->parts.back()).message;
            if (std::holds_alternative<wire::Welcome>(message)) ask(worker);
            if (const auto* lease = std::get_if<wire::Lease>(&message)) take(worker, *lease, seen);
            if (const auto* none = std::get_if<wire::NoWork>(&message)) {
                worker.ask_at = milliseconds_now() + static_cast<double>(none->ask_again_ms);
            }
            const auto* verdicts = std::get_if<wire::Verdicts>(&message);
            if (verdicts != nullptr) obey(worker, *verdicts, seen);
        }
    }

    void take(Worker& worker, const wire::Lease& lease, Seen& seen) {
        const double now = milliseconds_now();
        seen.lease_ms.push_back(now - worker.asked_at);
        worker.attempt = lease.attempt;
        worker.ask_at = never;
        worker.done_at = now + hold_ms_;
        worker.alive_at = now + alive_every_ms;
    }

    static void obey(Worker& worker, const wire::Verdicts& verdicts, Seen& seen) {
        for (const wire::AttemptVerdict& verdict : verdicts.attempts) {
            if (worker.attempt != verdict.attempt) continue;
            if (verdict.verdict == wire::Verdict::publish) {
                send(worker, wire::Published{session, verdict.attempt});
                continue;
            }
            if (verdict.verdict == wire::Verdict::keep) continue;
            if (verdict.verdict == wire::Verdict::settled) ++seen.done;
            worker.attempt.reset();
            worker.done_at = never;
            ask(worker);
        }
    }

    double hold_ms_;
    std::string facts_ = std::string(R"({"seconds":1.0,"note":")") + std::string(170, 'x') + "\"}";
    wire::ZmqContext context_{2};
    std::vector<std::unique_ptr<Worker>> workers_;
};

void measure_transitions() {
    Scheduler scheduler;
    wire::Client client = scheduler.client();
    client.submit({"night", "night", 0}, night("a", 20'000));  // more than is done meanwhile
    Crew crew(scheduler, workers_max, 0);
    crew.run(2'000);
    const double begin = milliseconds_now();
    const Seen seen = crew.run(20'000, 20'000);
    const double seconds = (milliseconds_now() - begin) / 1000;
    fmt::print(
        "{{\"bench\":\"scheduler_transitions\",\"workers\":{},\"tasks\":{},\"tasks_per_s\":{:.0f},"
        "\"transitions_per_s\":{:.0f},\"lease_p50_ms\":{:.1f},\"lease_p99_ms\":{:.1f},\"peak_mb\":{"
        "}}}\n",
        workers_max,
        seen.done,
        static_cast<double>(seen.done) / seconds,
        3 * static_cast<double>(seen.done) / seconds,
        percentile(seen.lease_ms, 0.5),
        percentile(seen.lease_ms, 0.99),
        scheduler.peak_megabytes());
}

// People who watch, each on a thread of its own, until told to stop.
class Watchers {
  public:
    Watchers(const Scheduler& scheduler, std::uint64_t job, int count) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this, &scheduler, job] {
                wire::Client client = scheduler.client();
                client.call_while_waiting([this] {
                    if (stop_) throw Error(ErrorKind::cancelled, "enough");
                });
                try {
                    client.watch(job, [this](const wire::JobNews&) {
                        ++news_;
                        return !stop_;
                    });
                } catch (const Error&) {
                }
            });
        }
    }

    ~Watchers() {
        stop_ = true;
        for (std::thread& thread : threads_) thread.join();
    }

    Watchers(const Watchers&) = delete;
    Watchers& operator=(const Watchers&) = delete;

    std::size_t news() const { return news_; }

  private:
    std::atomic<bool> stop_ = false;
    std::atomic<std::size_t> news_ = 0;
    std::vector<std::thread> threads_;
};

void measure_watchers() {
    Scheduler scheduler;
    wire::Client client = scheduler.client();
    const std::uint64_t job = client.submit({"night", "night", 0}, night("a", 10'000)).job;
    Crew crew(scheduler, 50, 100);
    crew.run(2'000);
    for (const int count : {0, 10}) {
        const Watchers watchers(scheduler, job, count);
        const Seen seen = crew.run(10'000);
        fmt::print(
            "{{\"bench\":\"scheduler_watchers\",\"watchers\":{},\"tasks\":60000,\"news\":{},"
            "\"lease_p50_ms\":{:.2f},\"lease_p99_ms\":{:.2f}}}\n",
            count,
            watchers.news(),
            percentile(seen.lease_ms, 0.5),
            percentile(seen.lease_ms, 0.99));
    }
}

void measure_submit() {
    Scheduler scheduler;
    const TaskGraph graph = night("a", 10'000);
    std::atomic<bool> stop = false;
    std::vector<double> waits;
    std::thread other([&] {
        wire::Client client = scheduler.client();
        client.list(wire::ListWorkers{});
        while (!stop) {
            const double begin = milliseconds_now();
            client.list(wire::ListWorkers{});
            waits.push_back(milliseconds_now() - begin);
        }
    });
    wire::Client client = scheduler.client();
    const double begin = milliseconds_now();
    client.submit({"night", "night", 0}, graph);
    const double seconds = (milliseconds_now() - begin) / 1000;
    stop = true;
    other.join();
    fmt::print(
        "{{\"bench\":\"scheduler_submit\",\"shots\":10000,\"tasks\":{},\"seconds\":{:.2f},"
        "\"others_p50_ms\":{:.1f},\"others_p99_ms\":{:.1f},\"others_max_ms\":{:.1f},\"peak_mb\":{}}"
        "}\n",
        graph.tasks.size(),
        seconds,
        percentile(waits, 0.5),
        percentile(waits, 0.99),
        percentile(waits, 1),
        scheduler.peak_megabytes());
}

void measure_status() {
    Scheduler scheduler;
    wire::Client client = scheduler.client();
    for (const int shots : {5'000, 10'000}) {
        const std::string key = fmt::format("night{}", shots);
        const std::uint64_t job = client.submit({key, key, 0}, night(key, shots)).job;
        double best = 1e9;
        for (int round = 0; round < 5; ++round) {
            const double begin = milliseconds_now();
            std::uint64_t first = 0;
            do {
                first = client.list(wire::GetStatus{job, "", first}).next;
            } while (first != 0);
            best = std::min(best, milliseconds_now() - begin);
        }
        fmt::print("{{\"bench\":\"scheduler_status\",\"tasks\":{},\"best_ms\":{:.0f}}}\n",
                   shots * tasks_of_shot,
                   best);
    }
}

std::vector<std::string> hostile_messages() {
    std::mt19937_64 random(7);
    std::vector<std::string> messages;
    messages.push_back(wire::encode(wire::ClientRequest(wire::ListJobs{}), 1));
    messages.push_back(wire::encode(wire::ClientRequest(wire::Watch{1}), 1));
    messages.push_back(
        wire::encode(wire::ClientRequest(wire::GetStatus{1, std::string(1'000'000, 'x'), 0}), 1));
    messages.push_back(std::string(wire::message_bytes_max, '\xff'));
    messages.push_back(std::string(2 * wire::message_bytes_max, '\0'));  // the connection is cut
    messages.push_back(
        wire::encode(wire::WorkerMessage(wire::KeepAlive{1, {{{1, 1, 1}, 0.5, "FORGED", 0, ""}}})));
    for (int i = 0; i < 200; ++i) {
        std::string mutated = messages[static_cast<std::size_t>(i) % 2];
        for (int k = 0; k < 3; ++k)
            mutated[random() % mutated.size()] = static_cast<char>(random());
        messages.push_back(std::move(mutated));
    }
    return messages;
}

// As fast as the connections take it, from a process of its own.
[[noreturn]] void flood(const wire::Address& address, const wire::KeyPair& keys) {
    wire::ZmqContext context;
    std::vector<std::unique_ptr<wire::ZmqSocket>> sockets;
    for (int i = 0; i < attack_connections; ++i) {
        sockets.push_back(std::make_unique<wire::ZmqSocket>(context, ZMQ_DEALER));
        make_ready(*sockets.back(), address, keys);
    }
    const std::vector<std::string> messages = hostile_messages();
    for (std::size_t sent = 0;; ++sent) {
        wire::ZmqSocket& socket = *sockets[sent % sockets.size()];
        const bool taken =
            socket.send(std::array{messages[sent / sockets.size() % messages.size()]});
        if (!taken) zmq_poll(nullptr, 0, 1);
    }
}

void measure_attack() {
    for (const bool attacked : {false, true}) {
        Scheduler scheduler;
        pid_t attacker = -1;
        if (attacked) {
            attacker = ::fork();
            if (attacker == 0) flood(scheduler.address(), scheduler.attacker);
        }
        wire::Client client = scheduler.client();
        client.submit({"night", "night", 0}, night("a", 500));
        Crew crew(scheduler, 50, 1'000);
        crew.run(3'000);
        const Seen seen = crew.run(15'000);
        if (attacked) {
            ::kill(attacker, SIGKILL);
            ::waitpid(attacker, nullptr, 0);
        }
        fmt::print(
            "{{\"bench\":\"scheduler_attack\",\"attacked\":{},\"workers\":50,\"tasks\":{},"
            "\"lease_p50_ms\":{:.1f},\"lease_p99_ms\":{:.1f},\"peak_mb\":{}}}\n",
            attacked,
            seen.done,
            percentile(seen.lease_ms, 0.5),
            percentile(seen.lease_ms, 0.99),
            scheduler.peak_megabytes());
    }
}

}  // namespace
}  // namespace nightreel

int main(int argument_count, char** arguments) {
    using namespace nightreel;
    const std::map<std::string, void (*)()> parts{{"attack", measure_attack},
                                                  {"status", measure_status},
                                                  {"submit", measure_submit},
                                                  {"transitions", measure_transitions},
                                                  {"watchers", measure_watchers}};
    const std::set<std::string> asked(arguments + 1, arguments + argument_count);
    for (const auto& [name, measure] : parts) {
        if (!asked.empty() && !asked.contains(name)) continue;
        measure();
        std::fflush(stdout);
    }
    return 0;
}

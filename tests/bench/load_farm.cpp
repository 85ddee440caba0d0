#include "tests/bench/load_farm.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "scheduler/journal/sqlite_journal.h"
#include "scheduler/protocol/codec.h"

namespace nightreel {
namespace {

constexpr Millis patience{60'000};
constexpr std::uint64_t session = 1;
constexpr double alive_every_ms = 5'000;
constexpr double never = 1e18;
const SystemClock machine_clock;

// Nobody else's at this moment: it is bound again at once.
std::string free_endpoint() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!bound) throw Error(ErrorKind::unavailable, "no port is free");
    return fmt::format("tcp://127.0.0.1:{}", ntohs(address.sin_port));
}

void send(wire::ZmqSocket& socket, const wire::WorkerMessage& message) {
    socket.send(std::array{wire::encode(message)});
}

// Field `number` from 1, behind the name of the program, which may have blanks.
double stat_field(const std::string& stat, int number) {
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= number; ++i) fields >> field;
    return std::stod(field);
}

std::string line_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

}  // namespace

double milliseconds_now() {
    using Time = std::chrono::duration<double, std::milli>;
    return Time(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double wall_milliseconds_now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double percentile(std::vector<double> values, double part) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(part * last)];
}

ProcessorUse processor_use(pid_t process) {
    constexpr int user_ticks = 14;
    constexpr int system_ticks = 15;
    const auto a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    ProcessorUse use;
    const std::filesystem::path tasks = fmt::format("/proc/{}/task", process);
    for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
        const std::string stat = line_of(entry.path() / "stat");
        if (stat.empty()) continue;
        const double seconds =
            (stat_field(stat, user_ticks) + stat_field(stat, system_ticks)) / a_second;
        std::istringstream schedule(line_of(entry.path() / "schedstat"));
        double ran = 0;
        double waited = 0;
        schedule >> ran >> waited;
        const bool is_first = entry.path().filename() == std::to_string(process);
        (is_first ? use.loop_seconds : use.other_seconds) += seconds;
        (is_first ? use.loop_waited : use.other_waited) += waited / 1e9;
    }
    return use;
}

ProcessorUse operator-(const ProcessorUse& a, const ProcessorUse& b) {
    return {a.loop_seconds - b.loop_seconds,
            a.other_seconds - b.other_seconds,
            a.loop_waited - b.loop_waited,
            a.other_waited - b.other_waited};
}

Scheduler::Scheduler(const PeerLimits& limits) {
    config_.endpoint = free_endpoint();
    config_.journal = folder_.path() / "journal.sqlite";
    config_.keys = wire::make_key_pair();
    config_.limits = limits;
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

Scheduler::~Scheduler() {
    end();
}

void Scheduler::end() {
    if (child_ < 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
}

wire::Client Scheduler::client() const {
    return {address(), operator_, machine_clock, patience};
}

std::size_t Scheduler::peak_megabytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", child_));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) / 1024;
    }
    return 0;
}

bool Scheduler::is_alive() const {
    return ::waitpid(child_, nullptr, WNOHANG) == 0;
}

std::map<std::uint64_t, double> Scheduler::lease_times() {
    end();
    std::map<std::uint64_t, double> times;
    SqliteJournal(config_.journal).replay([&](const Event& event) {
        if (const auto* leased = std::get_if<TaskLeased>(&event)) {
            times[leased->attempt.value] = static_cast<double>(leased->at.count());
        }
    });
    return times;
}

void Scheduler::serve() {
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

struct Crew::Worker {
    explicit Worker(wire::ZmqContext& context) : socket(context, ZMQ_DEALER) {}

    wire::ZmqSocket socket;
    std::optional<wire::Attempt> attempt;
    double asks_after = 0;  // its welcome: a farm's workers do not walk in step
    double asked_at = never;
    double asked_wall = 0;
    double ask_at = never;
    double done_at = never;
    double alive_at = 0;
};

Crew::Crew(const Scheduler& scheduler, int workers, double hold_ms) : hold_ms_(hold_ms) {
    for (int i = 0; i < workers; ++i) {
        auto& worker = *workers_.emplace_back(std::make_unique<Worker>(context_));
        worker.asks_after = hold_ms * i / workers;
        make_ready(
            worker.socket, scheduler.address(), scheduler.workers[static_cast<std::size_t>(i)]);
        send(worker.socket, wire::Hello{session, "bench", std::uint64_t{16} << 30U, {}, {}});
    }
}

Crew::~Crew() = default;

Seen Crew::run(double milliseconds, std::size_t tasks_max) {
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

void Crew::ask(Worker& worker) {
    worker.asked_at = milliseconds_now();
    worker.asked_wall = wall_milliseconds_now();
    worker.ask_at = worker.asked_at + 5'000;  // should the answer be lost
    send(worker.socket, wire::AskForWork{session, {}});
}

void Crew::act(Worker& worker) {
    const double now = milliseconds_now();
    if (now >= worker.ask_at) ask(worker);
    if (now >= worker.done_at) {
        worker.done_at = now + 5'000;
        send(worker.socket,
             wire::Done{session, *worker.attempt, facts_, false, {"/log", "done\n"}});
    }
    if (worker.attempt && now >= worker.alive_at) {
        worker.alive_at = now + alive_every_ms;
        send(worker.socket,
             wire::KeepAlive{session, {{*worker.attempt, 0.5, "step 1 of 2", 0, ""}}});
    }
}

void Crew::hear(Worker& worker, Seen& seen) {
    while (const auto frames = worker.socket.receive()) {
        const auto message = wire::decode<wire::SchedulerMessage>(frames->parts.back()).message;
        if (std::holds_alternative<wire::Welcome>(message)) {
            worker.ask_at = milliseconds_now() + worker.asks_after;
        }
        if (const auto* lease = std::get_if<wire::Lease>(&message)) take(worker, *lease, seen);
        if (const auto* none = std::get_if<wire::NoWork>(&message)) {
            worker.ask_at = milliseconds_now() + static_cast<double>(none->ask_again_ms);
        }
        const auto* verdicts = std::get_if<wire::Verdicts>(&message);
        if (verdicts != nullptr) obey(worker, *verdicts, seen);
    }
}

void Crew::take(Worker& worker, const wire::Lease& lease, Seen& seen) {
    const double now = milliseconds_now();
    seen.lease_ms.push_back(now - worker.asked_at);
    seen.asked[lease.attempt.number] = worker.asked_wall;
    worker.attempt = lease.attempt;
    worker.ask_at = never;
    worker.done_at = now + hold_ms_;
    worker.alive_at = now + alive_every_ms;
}

void Crew::obey(Worker& worker, const wire::Verdicts& verdicts, Seen& seen) {
    for (const wire::AttemptVerdict& verdict : verdicts.attempts) {
        if (worker.attempt != verdict.attempt) continue;
        if (verdict.verdict == wire::Verdict::publish) {
            send(worker.socket, wire::Published{session, verdict.attempt});
            continue;
        }
        if (verdict.verdict == wire::Verdict::keep) continue;
        if (verdict.verdict == wire::Verdict::settled) ++seen.done;
        worker.attempt.reset();
        worker.done_at = never;
        ask(worker);
    }
}

}  // namespace nightreel

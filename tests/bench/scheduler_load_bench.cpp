// Loads a scheduler over its real socket and SQLite journal, in a process of its own, and prints
// what others notice of it. One JSON line each; parts by name: `scheduler_load_bench attack
// submit`.
//   transitions  200 workers of empty tasks: durable changes of state a second
//   watchers     60,000 tasks: ask to lease with and without ten who watch
//   submit       10,000 shots: how long, and how long others wait meanwhile
//   status       all pages of 30,000 and of 60,000 tasks
//   attack       50 workers of tasks of 1 s, without and beside one key that floods, forges and
//                mutates over 12 connections and 200 connections without a key (attackers.h)
//   mutated      a million mutated messages of a key without limits: all of them are decoded

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "scheduler/protocol/client_messages.h"
#include "tests/bench/attackers.h"
#include "tests/bench/load_farm.h"

namespace nightreel {
namespace {

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

struct AttackRound {
    Seen seen;
    std::vector<double> before_turn_ms;  // from asking to the turn that gives the lease
    ProcessorUse scheduler;
    double generator_waited = 0;
    std::size_t peak_mb = 0;
    std::string sent;
};

std::string text_of(const AttackCounts& counts) {
    return fmt::format(
        "{{\"flood\":{},\"forged\":{},\"oversized\":{},\"mutated\":{},\"raw_connections\":{},"
        "\"raw_bytes\":{}}}",
        counts.flood.load(),
        counts.forged.load(),
        counts.oversized.load(),
        counts.mutated.load(),
        counts.raw_connections.load(),
        counts.raw_bytes.load());
}

AttackRound attack_round(bool attacked) {
    AttackRound round;
    Scheduler scheduler;
    std::optional<Attack> attack;
    if (attacked) attack.emplace(scheduler, AttackPlan{});
    scheduler.client().submit({"night", "night", 0}, night("a", 500));
    Crew crew(scheduler, 50, 1'000);
    crew.run(3'000);
    const ProcessorUse before = processor_use(scheduler.process());
    const ProcessorUse own = processor_use(::getpid());
    if (attack) attack->go();
    round.seen = crew.run(20'000);
    round.scheduler = processor_use(scheduler.process()) - before;
    const ProcessorUse waited = processor_use(::getpid()) - own;
    round.generator_waited = waited.loop_waited + waited.other_waited;
    round.peak_mb = scheduler.peak_megabytes();
    if (attack) round.sent = text_of(attack->counts());
    attack.reset();
    const auto leased = scheduler.lease_times();
    for (const auto& [attempt, asked] : round.seen.asked) {
        const auto found = leased.find(attempt);
        if (found != leased.end()) round.before_turn_ms.push_back(found->second - asked);
    }
    return round;
}

void measure_attack() {
    constexpr int rounds = 3;
    std::array<std::vector<double>, 2> p99;
    for (int i = 0; i < 2 * rounds; ++i) {
        const bool attacked = i % 2 == 1;
        const AttackRound round = attack_round(attacked);
        p99[attacked ? 1 : 0].push_back(percentile(round.seen.lease_ms, 0.99));
        fmt::print(
            "{{\"bench\":\"scheduler_attack\",\"attacked\":{},\"workers\":50,\"tasks\":{},"
            "\"lease_p50_ms\":{:.1f},\"lease_p99_ms\":{:.1f},\"lease_max_ms\":{:.1f},"
            "\"before_turn_p50_ms\":{:.1f},\"before_turn_p99_ms\":{:.1f},\"loop_cpu_s\":{:.2f},"
            "\"io_cpu_s\":{:.2f},\"loop_waited_s\":{:.2f},\"io_waited_s\":{:.2f},"
            "\"generator_waited_s\":{:.2f},\"peak_mb\":{},\"sent\":{}}}\n",
            attacked,
            round.seen.done,
            percentile(round.seen.lease_ms, 0.5),
            percentile(round.seen.lease_ms, 0.99),
            percentile(round.seen.lease_ms, 1),
            percentile(round.before_turn_ms, 0.5),
            percentile(round.before_turn_ms, 0.99),
            round.scheduler.loop_seconds,
            round.scheduler.other_seconds,
            round.scheduler.loop_waited,
            round.scheduler.other_waited,
            round.generator_waited,
            round.peak_mb,
            round.sent.empty() ? "{}" : round.sent);
        std::fflush(stdout);
    }
    const double quiet = percentile(p99[0], 0.5);
    fmt::print(
        "{{\"bench\":\"scheduler_attack_summary\",\"quiet_p99_ms\":{:.1f},\"attacked_p99_ms\":{:."
        "1f},"
        "\"ratio\":{:.2f}}}\n",
        quiet,
        percentile(p99[1], 0.5),
        percentile(p99[1], 0.5) / quiet);
}

// All limits out of the way, and no more under way than may wait: every one of a million messages
// is decoded and answered.
void measure_mutated() {
    PeerLimits limits;
    limits.people = {1e9, 1e12, wire::message_bytes_max};
    Scheduler scheduler(limits);
    AttackPlan plan{.flood = 0,
                    .forged = 0,
                    .oversized = 0,
                    .mutated = 12,
                    .raw = 0,
                    .unanswered_max = 5,
                    .nice = 0};
    Attack attack(scheduler, plan);
    scheduler.client().submit({"night", "night", 0}, night("a", 500));
    Crew crew(scheduler, 50, 1'000);
    const double begin = milliseconds_now();
    attack.go();
    Seen all;
    while (attack.counts().answered < static_cast<std::uint64_t>(plan.mutated) &&
           milliseconds_now() - begin < 300'000 && scheduler.is_alive()) {
        const Seen seen = crew.run(1'000);
        all.lease_ms.insert(all.lease_ms.end(), seen.lease_ms.begin(), seen.lease_ms.end());
        all.done += seen.done;
    }
    fmt::print(
        "{{\"bench\":\"scheduler_mutated\",\"messages\":{},\"connections_answered\":{},"
        "\"seconds\":{:.1f},\"alive\":{},\"tasks\":{},\"lease_p99_ms\":{:.1f},\"peak_mb\":{}}}\n",
        attack.counts().mutated.load(),
        attack.counts().answered.load(),
        (milliseconds_now() - begin) / 1000,
        scheduler.is_alive(),
        all.done,
        percentile(all.lease_ms, 0.99),
        scheduler.peak_megabytes());
}

}  // namespace
}  // namespace nightreel

int main(int argument_count, char** arguments) {
    using namespace nightreel;
    const std::map<std::string, void (*)()> parts{{"attack", measure_attack},
                                                  {"mutated", measure_mutated},
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

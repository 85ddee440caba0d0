// Times the farm's core with 100,000 tasks and 2,000 workers: what one command costs, from asking
// for work to the end of the task, and what a restart costs. One JSON line each.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scheduler/farm/farm.h"

namespace nightreel {
namespace {

constexpr std::size_t tasks_wanted = 100'000;
constexpr std::size_t tasks_of_take = 40;  // a chain of segments, each needing the one before
constexpr std::size_t workers_wanted = 2'000;
constexpr std::size_t rounds = 10;
constexpr std::uint64_t memory_bytes = std::uint64_t{16} << 30;

double microseconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
        .count();
}

void print(std::string_view name, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    fmt::print(
        "{{\"bench\":\"{}\",\"tasks\":{},\"workers\":{},\"median_us\":{:.1f},"
        "\"p99_us\":{:.1f},\"runs\":{}}}\n",
        name,
        tasks_wanted,
        workers_wanted,
        times[times.size() / 2],
        times[times.size() * 99 / 100],
        times.size());
}

SubmitJob large_night() {
    SubmitJob job;
    job.submission = "night";
    for (std::size_t i = 0; i < tasks_wanted; ++i) {
        TaskSpec spec;
        spec.name = fmt::format("sh{:05}.take01.t{:02}", i / tasks_of_take, i % tasks_of_take);
        spec.digest = digest_of(spec.name);
        spec.memory_bytes = memory_bytes / 2;
        spec.model = "toybox";
        if (i % tasks_of_take != 0) spec.needs.push_back(static_cast<TaskIndex>(i - 1));
        job.tasks.push_back(std::move(spec));
    }
    return job;
}

class Bench {
  public:
    void run() {
        submit();
        for (std::size_t round = 0; round < rounds; ++round) work_one_round();
        print("farm_ask_for_work", asks_);
        print("farm_report_done", dones_);
        print("farm_report_published", publications_);
        print("farm_tick_with_all_workers_busy", ticks_);
        restart();
    }

  private:
    Answer tell(const Command& command, std::vector<double>& times) {
        Decision decision;
        times.push_back(
            microseconds_of([&] { decision = advance(farm_, policy_, command, now_); }));
        facts_.insert(facts_.end(), decision.events.begin(), decision.events.end());
        return decision.answer;
    }

    void submit() {
        std::vector<double> times;
        tell(large_night(), times);
        print("farm_submit", times);
        for (std::size_t i = 0; i < workers_wanted; ++i) {
            workers_.push_back({fmt::format("worker{:04}", i)});
            tell(Hello{workers_.back(), SessionId{1}, "host", memory_bytes, {}, {}, {}}, times);
        }
    }

    void work_one_round() {
        std::vector<TaskAttempt> attempts;
        for (const WorkerId& worker : workers_) {
            const Answer answer = tell(AskForWork{worker, SessionId{1}, {"toybox"}}, asks_);
            attempts.push_back(std::get<LeaseGranted>(answer).attempt);
        }
        now_ += Millis(1'000);
        tell(Tick{}, ticks_);
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            tell(ReportDone{workers_[i], SessionId{1}, attempts[i], "{}", false}, dones_);
            tell(ReportPublished{workers_[i], SessionId{1}, attempts[i]}, publications_);
        }
    }

    void restart() const {
        std::vector<double> times;
        for (int i = 0; i < 5; ++i) {
            Farm replayed;
            times.push_back(microseconds_of([&] {
                for (const Event& event : facts_) evolve(replayed, event);
            }));
        }
        print(fmt::format("farm_replay_{}_facts", facts_.size()), times);
    }

    Farm farm_;
    FarmPolicy policy_;
    Millis now_{1'000'000'000};
    std::vector<WorkerId> workers_;
    std::vector<Event> facts_;
    std::vector<double> asks_;
    std::vector<double> dones_;
    std::vector<double> publications_;
    std::vector<double> ticks_;
};

}  // namespace
}  // namespace nightreel

int main() {
    nightreel::Bench().run();
    return 0;
}

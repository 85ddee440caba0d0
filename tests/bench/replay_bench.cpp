// Replays tasks of measured length in the farm's core, on a simulated clock: how long a night takes
// on so many workers of one kind. Reads a task a line, its seconds and the numbers of the tasks it
// needs (from 0): "12.5 0 3". Prints a JSON line. Arguments: number of workers.

#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "scheduler/farm/farm.h"

namespace nightreel {
namespace {

constexpr std::uint64_t memory_bytes = std::uint64_t{1} << 30;
constexpr std::int64_t idle_ms = 100;  // between two questions of a worker without work

struct Night {
    SubmitJob job;
    std::vector<Millis> lengths;
};

Night read_night(std::istream& lines) {
    Night night;
    night.job.submission = "night";
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        double seconds = 0;
        if (!(words >> seconds)) throw std::runtime_error("not a task: " + line);
        TaskSpec spec;
        spec.name = fmt::format("shot.take01.task{:05}", night.lengths.size());
        spec.digest = digest_of(spec.name);
        spec.memory_bytes = memory_bytes;
        spec.cost_seconds = seconds;
        for (std::size_t need = 0; words >> need;) {
            if (need >= night.lengths.size())
                throw std::runtime_error("needs a later task: " + line);
            spec.needs.push_back(static_cast<TaskIndex>(need));
        }
        night.job.tasks.push_back(std::move(spec));
        night.lengths.emplace_back(static_cast<std::int64_t>(seconds * 1000));
    }
    return night;
}

class Replay {
  public:
    Replay(Night night, std::size_t workers) : night_(std::move(night)) {
        left_ = night_.lengths.size();
        tell(night_.job);
        for (std::size_t number = 0; number < workers; ++number) {
            workers_.push_back({fmt::format("worker{:02}", number)});
            tell(Hello{workers_.back(), session, "host", 2 * memory_bytes, {}, {}, {}});
            events_.emplace(now_, number);
        }
    }

    // Seconds until the last task is done.
    double run() {
        const Millis begin = now_;
        Millis ended = now_;
        while (left_ > 0) {
            const auto [when, number] = *events_.begin();
            events_.erase(events_.begin());
            now_ = when;
            tell(Tick{});
            if (held_.contains(number)) {
                finish(number);
                ended = now_;
            }
            ask(number);
        }
        return static_cast<double>((ended - begin).count()) / 1000;
    }

  private:
    static constexpr SessionId session{1};

    Answer tell(const Command& command) { return advance(farm_, policy_, command, now_).answer; }

    void finish(std::size_t number) {
        const TaskAttempt attempt = held_.at(number);
        held_.erase(number);
        tell(ReportDone{workers_[number], session, attempt, "{}", false});
        tell(ReportPublished{workers_[number], session, attempt});
        --left_;
    }

    void ask(std::size_t number) {
        const Answer answer = tell(AskForWork{workers_[number], session, {}});
        const auto* lease = std::get_if<LeaseGranted>(&answer);
        if (lease == nullptr) {
            events_.emplace(now_ + Millis(idle_ms), number);
            return;
        }
        held_[number] = lease->attempt;
        events_.emplace(now_ + night_.lengths.at(lease->attempt.task.index), number);
    }

    // Replayed workers say nothing while they work.
    static constexpr Millis never{7 * 86'400'000};

    Farm farm_;
    FarmPolicy policy_{.lease = never, .worker_silent = never};
    Millis now_{1'000'000'000};
    Night night_;
    std::size_t left_ = 0;
    std::vector<WorkerId> workers_;
    std::multimap<Millis, std::size_t> events_;  // when a worker is done, or asks again
    std::map<std::size_t, TaskAttempt> held_;
};

}  // namespace
}  // namespace nightreel

int main(int count, char** arguments) {
    const std::size_t workers = count > 1 ? std::stoul(arguments[1]) : 1;
    nightreel::Night night = nightreel::read_night(std::cin);
    double work = 0;
    for (const nightreel::Millis& length : night.lengths) {
        work += static_cast<double>(length.count()) / 1000;
    }
    const std::size_t tasks = night.lengths.size();
    const double seconds = nightreel::Replay(std::move(night), workers).run();
    fmt::print(
        "{{\"bench\":\"replay\",\"tasks\":{},\"workers\":{},\"work_seconds\":{:.2f},"
        "\"seconds\":{:.2f}}}\n",
        tasks,
        workers,
        work,
        seconds);
    return 0;
}

// Times planning: one shot of 10,000 frames, and a night of 100,000 tasks. One JSON line each.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "pipeline/plan/plan_night.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

constexpr int repeats = 5;

ResolvedNight night_of_tasks(std::int64_t tasks_wanted) {
    constexpr std::int64_t tasks_of_shot = 41;  // of 437 frames: encode, 36 samples, and four more
    std::vector<ResolvedShot> shots;
    for (std::int64_t number = 0; number * tasks_of_shot < tasks_wanted; ++number) {
        shots.push_back(shot_of(fmt::format("sq010_sh{:05}", number), 437));
    }
    return night_of(std::move(shots));
}

double median_milliseconds(const std::function<void()>& work) {
    std::vector<double> times;
    for (int repeat = 0; repeat < repeats; ++repeat) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::milli> spent =
            std::chrono::steady_clock::now() - begin;
        times.push_back(spent.count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

void bench(const char* name, const ResolvedNight& night) {
    const PlanOptions options{.output_path = "/out", .versions = {}};
    std::size_t tasks = 0;
    const double milliseconds =
        median_milliseconds([&] { tasks = plan_night(night, options).graph.tasks.size(); });
    fmt::print("{{\"bench\":\"{}\",\"tasks\":{},\"median_ms\":{:.2f},\"runs\":{}}}\n",
               name,
               tasks,
               milliseconds,
               repeats);
}

}  // namespace
}  // namespace nightreel

int main() {
    nightreel::bench("plan_10000_frames",
                     nightreel::night_of({nightreel::shot_of("sq010_sh0010", 10'000)}));
    nightreel::bench("plan_100000_tasks", nightreel::night_of_tasks(100'000));
    return 0;
}

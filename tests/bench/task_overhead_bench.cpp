// What a task costs beside the work itself: a chain of tasks of a render program that does nothing,
// on a farm of real processes. Lease, child, hashing, sync, journal and answer; one JSON line.

#include <fmt/format.h>

#include "tests/support/test_farm.h"

namespace nightreel {
namespace {

constexpr int segments = 40;

std::string finished(const TestFarm& farm, const std::string& key, const TaskGraph& graph) {
    return farm.finish(farm.client().submit({key, "", 0}, graph).job);
}

int run() {
    TestFarm farm(1);
    farm.start();
    GraphMaker warm;
    warm.shot("warm", 1);
    finished(farm, "warm", warm.graph);

    GraphMaker maker;
    maker.shot("sh", segments);
    const Millis start = farm.clock().steady();
    if (finished(farm, "key", maker.graph).empty()) return 1;
    const auto milliseconds = static_cast<double>((farm.clock().steady() - start).count());
    const auto tasks = static_cast<double>(maker.graph.tasks.size());
    fmt::print("{{\"bench\":\"task_overhead\",\"tasks\":{},\"ms_per_task\":{:.1f}}}\n",
               maker.graph.tasks.size(),
               milliseconds / tasks);
    return 0;
}

}  // namespace
}  // namespace nightreel

int main() {
    return nightreel::run();
}

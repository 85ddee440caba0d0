#include "pipeline/bench/watch.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include "pipeline/tasks/memory.h"

namespace nightreel {
namespace {

double processor_now() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        constexpr double micros = 1e6;
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / micros;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

std::string members_of(const RunFigures& figures) {
    return fmt::format(R"("seconds":{:.3f},"processor_seconds":{:.3f},"peak_bytes":{})",
                       figures.seconds,
                       figures.processor_seconds,
                       figures.peak_bytes);
}

void BenchWatch::begin() {
    begun_ = clock_.steady();
    processor_begun_ = processor_now();
}

RunFigures BenchWatch::figures() const {
    return {std::chrono::duration<double>(clock_.steady() - begun_).count(),
            processor_now() - processor_begun_,
            peak_memory_bytes()};
}

}  // namespace nightreel

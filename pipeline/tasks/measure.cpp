#include <fmt/format.h>

#include "pipeline/takes/take_meter.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"
#include "shotspec/base/disk/unsynced_file.h"

namespace nightreel {

TaskWork run_measure(const MeasureOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    const DisplayFrames frames(order.frames_artifact, order.frames, context);
    TakeMeter meter(order.frames.first, order.joints);
    for (std::int64_t number = order.frames.first; number <= order.frames.last; ++number) {
        meter.add(frames.read(number));
        const std::int64_t done = number - order.frames.first + 1;
        context.step(static_cast<double>(done) / static_cast<double>(order.frames.count()),
                     fmt::format("frame {} of {}", done, order.frames.count()));
    }
    const TakeMetrics metrics = meter.finish();
    write_file_unsynced(context.staging / metrics_file, to_json_value(metrics).dump(1) + "\n");
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts["frames"] = metrics.frames;
    work.facts["seams"] = metrics.seams.size();
    work.facts["seam_ratio_median"] = metrics.seam_ratio_median;
    work.facts["seam_ratio_max"] = metrics.seam_ratio_max;
    work.facts["drift"] = metrics.drift;
    work.facts["flicker"] = metrics.flicker;
    work.facts["broken_frames"] = metrics.broken_frames.size();
    work.facts["black_frames"] = metrics.black_frames.size();
    work.facts["freezes"] = metrics.freezes.size();
    return work;
}

}  // namespace nightreel

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/takes/quality/plot.h"
#include "pipeline/takes/quality/take_meter.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/named_picture.h"
#include "shotspec/base/disk/unsynced_file.h"

namespace nightreel {
namespace {

// All pictures of a character together, in the order in which characters are first named.
std::vector<CharacterPictures> characters_of(const MeasureOrder& order) {
    std::vector<CharacterPictures> characters;
    for (const ReferencePicture& reference : order.references) {
        auto found = std::find_if(characters.begin(), characters.end(), [&](const auto& one) {
            return one.name == reference.character;
        });
        if (found == characters.end()) {
            found = characters.insert(found, {.name = reference.character});
        }
        found->pictures.push_back(read_named(named(reference)));
    }
    return characters;
}

// Frames are read once, and a few of them before that, so that the meter knows what is in the take.
TakeMeter measure(const MeasureOrder& order, const TaskContext& context) {
    const DisplayFrames frames(order.frames_artifact, order.frames, context);
    TakeMeter meter({.frames = order.frames,
                     .joints = order.joints,
                     .cuts = order.cuts,
                     .characters = characters_of(order),
                     .changes_scene = order.changes_scene.value_or(false)});
    if (meter.wants_preview()) {
        for (const std::int64_t number : frames_to_preview(order.frames)) {
            meter.preview(frames.read(number));
            context.alive();
        }
    }
    for (std::int64_t number = order.frames.first; number <= order.frames.last; ++number) {
        meter.add(frames.read(number));
        const std::int64_t done = number - order.frames.first + 1;
        context.step(static_cast<double>(done) / static_cast<double>(order.frames.count()),
                     fmt::format("frame {} of {}", done, order.frames.count()));
    }
    return meter;
}

void write_report(const TakeMetrics& metrics,
                  const TakeSeries& series,
                  const MeasureOrder& order,
                  const TaskContext& context) {
    Checksums digests;
    const auto write = [&](const char* name, const std::string& text) {
        write_file_unsynced(context.staging / name, text);
        digests[name] = digest_of(text);
    };
    write(metrics_file, to_json_value(metrics).dump(1) + "\n");
    write(series_file, to_json_value(in_short(series)).dump() + "\n");
    write(plot_file, plot_of(metrics, series, order.joints));
    write_checksums(context.staging, digests);
}

}  // namespace

TaskWork run_measure(const MeasureOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    const TakeMeter meter = measure(order, context);
    const TakeMetrics metrics = meter.finish();
    write_report(metrics, meter.series(), order, context);
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

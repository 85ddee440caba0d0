#include "toybox/evaluate/identity.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/format.h>

#include "pipeline/takes/quality/take_meter.h"
#include "toybox/detect/judge.h"
#include "toybox/detect/seam.h"
#include "toybox/evaluate/faults.h"
#include "toybox/evaluate/long_story.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t identity_seed = 2024;
constexpr std::size_t baseline_share = 4;  // one character of so many

struct Way {
    const char* name;
    bool is_baseline;
    bool with_sheet;
    std::int32_t overlap;  // latent frames; 0: separate clips
    bool guides_references;
};

constexpr std::array<Way, 4> ways{{{"guided", false, true, 1, true},
                                   {"chain", true, true, 2, false},
                                   {"no_sheet", true, false, 2, false},
                                   {"cuts", true, true, 0, false}}};

struct Kept {
    std::vector<bool> kept;  // by segment
    std::vector<double> pairs;
    TakeMetrics metrics;
};

struct Stream {
    Clip frames;
    std::vector<std::size_t> ends;  // of the segments
};

Stream stream_of(ClipMaker& maker, const Way& way, const LongStory& story, ClipOrder order) {
    if (way.with_sheet) order.sheet = maker.encode_sheet(render_sheet(story.actor));
    if (way.guides_references) order.sampling.guide_references = true;
    std::vector<LatentClip> parts;
    for (const std::string& caption : story.captions) {
        order.caption = caption;
        const LatentClip window = maker.sample(order);
        parts.push_back(slice(window, order.history.frames, window_latents - order.history.frames));
        order.history = slice(window, window_latents - way.overlap, way.overlap);
        order.first_latent += window_latents - way.overlap;
    }
    Stream stream;
    if (way.overlap > 0) {
        stream.frames = maker.decode(join(parts));
        const auto step =
            frames_per_latent * static_cast<std::size_t>(window_latents - way.overlap);
        for (std::size_t s = 0; s < parts.size(); ++s) {
            stream.ends.push_back(window_frames + s * step);
        }
        return stream;
    }
    for (const LatentClip& part : parts) {
        const Clip clip = maker.decode(part);
        stream.frames.insert(stream.frames.end(), clip.begin(), clip.end());
        stream.ends.push_back(stream.frames.size());
    }
    return stream;
}

// Every segment is judged on 17 frames: the last ones up to its end.
Kept judged(const Stream& stream, const Way& way, const Actor& actor, const Detector& detector) {
    Kept result;
    const std::span<const Frame> frames = stream.frames;
    for (const std::size_t end : stream.ends) {
        const auto part = frames.subspan(end - window_frames, window_frames);
        result.kept.push_back(is_same_character(detector.detect(part), actor));
    }
    const auto joints = std::span(stream.ends).first(stream.ends.size() - 1);
    result.pairs =
        seam_ratios(frames,
                    joints,
                    way.overlap > 0 ? UsualSteps::away_from_joints : UsualSteps::away_from_starts);
    MeteredTake metered{.frames = {0, std::ssize(stream.frames) - 1}, .joints = {}};
    for (const std::size_t joint : joints) {
        metered.joints.push_back(static_cast<std::int64_t>(joint));
    }
    TakeMeter meter(std::move(metered));
    for (const Frame& frame : stream.frames) meter.add(display_of(frame));
    result.metrics = meter.finish();
    return result;
}

void report_way(const Way& way, const std::vector<Kept>& takes, const Report& report) {
    std::size_t kept = 0;
    std::size_t asked = 0;
    std::vector<double> pairs;
    std::vector<double> seams;
    std::vector<double> excess;
    std::vector<double> controls;
    for (const Kept& take : takes) {
        kept += static_cast<std::size_t>(std::count(take.kept.begin() + 1, take.kept.end(), true));
        asked += take.kept.size() - 1;
        pairs.insert(pairs.end(), take.pairs.begin(), take.pairs.end());
        for (const SeamMetric& seam : take.metrics.seams) {
            seams.push_back(seam.ratio);
            excess.push_back(seam.excess);
        }
        controls.push_back(take.metrics.seam_control_median);
    }
    const std::string name = fmt::format("identity.{}", way.name);
    report(share_figure(name + ".kept", wilson(kept, asked)));
    report(median_figure(name + ".pair", std::move(pairs)));
    report(median_figure(name + ".seam", std::move(seams)));
    report(median_figure(name + ".control", std::move(controls)));
    report(median_figure(name + ".excess", std::move(excess)));
}

}  // namespace

void measure_identity(const Crew& crew, const IdentityTrial& trial, const Report& report) {
    const Detector detector;
    for (const Way& way : ways) {
        const std::size_t count = way.is_baseline
                                      ? std::max<std::size_t>(1, trial.characters / baseline_share)
                                      : trial.characters;
        std::vector<Kept> takes(count);
        std::mutex printing;
        std::size_t kept = 0;
        std::size_t asked = 0;
        share_work(crew, way.name, count, [&](ClipMaker& maker, std::size_t i) {
            const LongStory story = long_story(identity_seed + trial.seed, i, trial.segments);
            const ClipOrder order{.name = fmt::format("identity {} {}", trial.seed, i)};
            takes[i] = judged(stream_of(maker, way, story, order), way, story.actor, detector);
            const std::scoped_lock lock(printing);
            kept += static_cast<std::size_t>(
                std::count(takes[i].kept.begin() + 1, takes[i].kept.end(), true));
            asked += takes[i].kept.size() - 1;
            fmt::print(stderr, "{} {}: kept {} of {} so far\n", way.name, i, kept, asked);
        });
        report_way(way, takes, report);
    }
}

}  // namespace nightreel::toybox

#include "toybox/evaluate/drift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <fmt/format.h>

#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/reduced_picture.h"
#include "shotspec/base/check.h"
#include "toybox/evaluate/drift_plot.h"
#include "toybox/evaluate/long_story.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t drift_seed = 3033;
constexpr std::int32_t overlap_latents = 2;
constexpr std::array<const char*, 3> channels{"red", "green", "blue"};
enum class HandOver { latents, picture };
constexpr std::array<std::pair<HandOver, const char*>, 2> hand_overs{
    {{HandOver::latents, "latents"}, {HandOver::picture, "picture"}}};

using Display = std::vector<FrameRgb>;

// The new frames of each segment.
std::vector<Display> chained_latents(ClipMaker& maker, const LongStory& story, ClipOrder order) {
    std::vector<LatentClip> parts;
    for (const std::string& caption : story.captions) {
        order.caption = caption;
        const LatentClip window = maker.sample(order);
        parts.push_back(slice(window, order.history.frames, window_latents - order.history.frames));
        order.history = slice(window, window_latents - overlap_latents, overlap_latents);
        order.first_latent += window_latents - overlap_latents;
    }
    const Display frames = maker.decode_display(join(parts));
    std::vector<Display> segments;
    auto from = frames.begin();
    for (const LatentClip& part : parts) {
        const auto latents = static_cast<std::ptrdiff_t>(part.frames);
        const std::ptrdiff_t count = segments.empty() ? 4 * latents - 3 : 4 * latents;
        segments.emplace_back(from, from + count);
        from += count;
    }
    return segments;
}

std::vector<Display> chained_pictures(ClipMaker& maker, const LongStory& story, ClipOrder order) {
    std::vector<Display> segments;
    for (const std::string& caption : story.captions) {
        order.caption = caption;
        Display frames = maker.decode_display(maker.sample(order));
        order.history = maker.encode(std::span(&frames.back(), 1));
        order.first_latent += window_latents - 1;
        if (!segments.empty()) frames.erase(frames.begin());
        segments.push_back(std::move(frames));
    }
    return segments;
}

Tiles mean_tiles(const Display& frames) {
    Tiles mean{};
    for (const FrameRgb& frame : frames) {
        bool finite = true;
        const Tiles tiles = tiles_of(reduced(codes_of(frame, finite), frame.width, frame.height));
        for (std::size_t t = 0; t < mean.size(); ++t) {
            for (std::size_t c = 0; c < 3; ++c) {
                mean[t][c] += tiles[t][c] / static_cast<float>(frames.size());
            }
        }
    }
    return mean;
}

// Change from the first segment, by segment and channel.
struct Course {
    std::array<std::vector<double>, 3> mean;   // of the picture
    std::array<std::vector<double>, 3> still;  // of the median tile
};

Course course_of(const std::vector<Display>& segments) {
    Course course;
    const Tiles first = mean_tiles(segments.front());
    for (const Display& segment : segments) {
        const Tiles tiles = mean_tiles(segment);
        for (std::size_t c = 0; c < 3; ++c) {
            std::vector<double> changes;
            double sum = 0;
            for (std::size_t t = 0; t < tiles.size(); ++t) {
                changes.push_back(static_cast<double>(tiles[t][c] - first[t][c]));
                sum += changes.back();
            }
            course.mean[c].push_back(sum / static_cast<double>(tiles.size()));
            course.still[c].push_back(median_of(std::move(changes)));
        }
    }
    return course;
}

void report_way(const std::string& name, const std::vector<Course>& takes, const Report& report) {
    for (std::size_t c = 0; c < 3; ++c) {
        std::vector<double> mean;
        std::vector<double> still;
        for (const Course& take : takes) {
            mean.push_back(slope_of(take.mean[c]));
            still.push_back(slope_of(take.still[c]));
        }
        const std::string channel = fmt::format("drift.{}.{}", name, channels[c]);
        report(mean_figure(channel + ".slope", mean));
        report(mean_figure(channel + ".still", still));
    }
}

// Means over the takes.
std::vector<double> average(const std::vector<Course>& takes, std::size_t channel) {
    std::vector<double> sum(takes.front().mean[channel].size(), 0.0);
    for (const Course& take : takes) {
        for (std::size_t s = 0; s < sum.size(); ++s) sum[s] += take.mean[channel][s];
    }
    for (double& value : sum) value /= static_cast<double>(takes.size());
    return sum;
}

}  // namespace

void measure_drift(const Crew& crew, const DriftTrial& trial, const Report& report) {
    NIGHTREEL_CHECK(trial.segments > 1, "a drift is over segments");
    std::vector<DriftLine> lines;
    for (const auto& [hand_over, name] : hand_overs) {
        std::vector<Course> takes(trial.takes);
        share_work(crew, name, trial.takes, [&, how = hand_over](ClipMaker& maker, std::size_t i) {
            const LongStory story = long_story(drift_seed + trial.seed, i, trial.segments);
            ClipOrder order{.name = fmt::format("drift {} {}", trial.seed, i)};
            order.sheet = maker.encode_sheet(render_sheet(story.actor));
            takes[i] = course_of(how == HandOver::latents ? chained_latents(maker, story, order)
                                                          : chained_pictures(maker, story, order));
            fmt::print(stderr,
                       "drift {} {}: red {:+.3f}, green {:+.3f}, blue {:+.3f} a segment\n",
                       hand_overs[static_cast<std::size_t>(how)].second,
                       i,
                       slope_of(takes[i].mean[0]),
                       slope_of(takes[i].mean[1]),
                       slope_of(takes[i].mean[2]));
        });
        report_way(name, takes, report);
        for (std::size_t c = 0; c < 3; ++c) {
            lines.push_back({channels[c], hand_over == HandOver::picture, average(takes, c)});
        }
    }
    if (!trial.plot.empty()) write_drift_plot(trial.plot, lines, trial.takes);
}

}  // namespace nightreel::toybox

#include <algorithm>
#include <array>
#include <cmath>

#include "pipeline/takes/quality/subject_meter.h"
#include "pipeline/takes/quality/take_series.h"

namespace nightreel {
namespace {

// Changes of this size are seen at once.
constexpr double seen_colour = 0.12;     // Oklab, summed over the axes
constexpr double seen_outline = 0.17;    // share of the box
constexpr double seen_size = 0.25;       // logarithm of the ratio of heights
constexpr double like_box = 0.2;         // logarithm of the ratio of sides
constexpr double area_of_outline = 1.6;  // logarithm of the ratio of areas
constexpr std::size_t far_frames = 32;   // before and after a place that are compared
constexpr std::size_t near_frames = 8;   // right before and after
constexpr double far_rank = 0.25;
constexpr double near_rank = 0.5;
constexpr std::size_t shown_frames_min = 3;
constexpr double shown_area = 0.2;  // of the usual area
// A gap in which something else stands in its place counts so much a frame as a change.
constexpr double changed_a_frame = 1.0 / 7;
constexpr double vanishing_area = 0.32;     // of its area when it is seen whole
constexpr std::size_t seen_frames_min = 4;  // before a character can be gone
constexpr double still_there = 0.55;        // of its contrast to what is beside it

struct Change {
    double colour = 0;
    double outline = 0;
    double size = 0;

    double worst() const { return std::max({colour, outline, size}); }
};

using Frames = std::vector<const SubjectFrame*>;

double log_ratio(double a, double b) {
    return std::log(std::max(a, 1.0) / std::max(b, 1.0));
}

// Between two frames. What stands before a character takes some of its area, or moves an end of its
// box; another outline is one in a box of the same proportions, or changes the area as well. Who
// turns changes in width alone: another size is one in both directions.
Change change_of(const SubjectFrame& a, const SubjectFrame& b) {
    const double width = log_ratio(a.box.width(), b.box.width());
    const double height = log_ratio(a.box.height(), b.box.height());
    Change change{.colour = distance_of(a.colours, b.colours) / seen_colour};
    const bool is_like_box = std::max(std::abs(width), std::abs(height)) < like_box;
    const double outline = distance_of(a.outline, b.outline);
    const double area = std::abs(log_ratio(a.area, b.area)) / area_of_outline;
    change.outline = (is_like_box ? outline : std::min(outline, area)) / seen_outline;
    change.size = std::abs(height) / seen_size;
    return change;
}

// Of each frame of `to` against the one of `from` that is most like it, the one of this rank.
Change nearest_change(const Frames& from, const Frames& to, double rank) {
    std::vector<Change> nearest;
    for (const SubjectFrame* frame : to) {
        std::optional<Change> best;
        for (const SubjectFrame* other : from) {
            const Change change = change_of(*other, *frame);
            if (!best || change.worst() < best->worst()) best = change;
        }
        nearest.push_back(*best);
    }
    std::sort(nearest.begin(), nearest.end(), [](const Change& a, const Change& b) {
        return a.worst() < b.worst();
    });
    return nearest[static_cast<std::size_t>(rank * static_cast<double>(nearest.size() - 1))];
}

// Where it is seen once, and not at an edge of the picture or nearly hidden.
Frames shown_in(const std::vector<SubjectFrame>& frames,
                std::size_t begin,
                std::size_t end,
                double usual_area) {
    Frames shown;
    for (std::size_t i = begin; i < std::min(end, frames.size()); ++i) {
        const SubjectFrame& frame = frames[i];
        if (frame.count == 1 && !frame.at_edge && frame.area >= shown_area * usual_area) {
            shown.push_back(&frame);
        }
    }
    return shown;
}

Change smaller_of(const Change& a, const Change& b) {
    return a.worst() < b.worst() ? a : b;
}

struct LastingChange {
    Change largest;
    std::size_t place = 0;
};

// A character moves, turns and is hidden, and its region flickers; it has changed where hardly any
// frame after a place is like any frame before it, neither near it nor further away.
LastingChange lasting_change(const std::vector<SubjectFrame>& frames, double usual_area) {
    LastingChange result;
    for (std::size_t at = shown_frames_min; at + shown_frames_min <= frames.size(); ++at) {
        const auto between = [&](std::size_t reach, double rank) {
            const Frames before = shown_in(frames, at - std::min(at, reach), at, usual_area);
            const Frames after = shown_in(frames, at, at + reach, usual_area);
            if (std::min(before.size(), after.size()) < shown_frames_min) return Change{};
            return smaller_of(nearest_change(before, after, rank),
                              nearest_change(after, before, rank));
        };
        Change change = between(near_frames, near_rank);
        if (change.worst() <= result.largest.worst()) continue;
        change = smaller_of(change, between(far_frames, far_rank));
        if (change.worst() > result.largest.worst()) result = {change, at};
    }
    return result;
}

struct Gap {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_changed = false;  // something else stands where the character was
};

// Where it is not seen any more although it was not at an edge of the picture.
std::vector<Gap> gaps_of(const std::vector<SubjectFrame>& frames,
                         const TakeShape& shape,
                         double whole_area) {
    std::vector<Gap> gaps;
    std::size_t seen = 0;
    for (std::size_t frame = 0; frame < frames.size(); ++frame) {
        if (shape.is_cut(frame)) seen = 0;
        if (frames[frame].count > 0) {
            ++seen;
            continue;
        }
        std::size_t end = frame;
        while (end < frames.size() && frames[end].count == 0 && !shape.is_cut(end)) ++end;
        end = std::max(end, frame + 1);
        // One that turns edge-on, or walks behind something, grows small before it is gone.
        if (seen >= seen_frames_min && !frames[frame - 1].at_edge &&
            frames[frame - 1].area >= vanishing_area * whole_area) {
            const bool is_changed =
                frames[frame].contrast > still_there * frames[frame - 1].contrast;
            gaps.push_back({frame, end, is_changed});
        }
        frame = end - 1;
    }
    return gaps;
}

// Calls `use` for each run of frames that show the character more than once.
template <class Use>
void for_each_double(const std::vector<SubjectFrame>& frames, const Use& use) {
    for (std::size_t frame = 0; frame < frames.size(); ++frame) {
        std::size_t end = frame;
        while (end < frames.size() && frames[end].count > 1) ++end;
        if (end > frame) use(frame, end - 1);
        frame = end;
    }
}

}  // namespace

void SubjectMeter::finish(std::int64_t first, const TakeShape& shape, TakeMetrics& metrics) const {
    CharacterMetric metric{.name = name_, .not_measured = not_measured_};
    const std::size_t frames = shape.frames;
    const auto numbers = [&](std::size_t begin, std::size_t end) {
        return FrameRange{first + static_cast<std::int64_t>(begin),
                          first + static_cast<std::int64_t>(end)};
    };
    if (is_missing_ && !not_measured_ && frames > 0) {
        metrics.findings.push_back(
            {FindingKind::missing, numbers(0, frames - 1), static_cast<double>(frames), name_});
    }
    if (not_measured_ || is_missing_ || frames_.empty()) {
        metrics.characters.push_back(std::move(metric));
        return;
    }
    const auto seen = std::count_if(
        frames_.begin(), frames_.end(), [](const SubjectFrame& f) { return f.count > 0; });
    metric.seen = rounded(static_cast<double>(seen) / static_cast<double>(frames_.size()));
    if (const Frames shown = shown_in(frames_, 0, frames_.size(), usual_area_); !shown.empty()) {
        std::vector<double> distances;
        for (const SubjectFrame* frame : shown) {
            distances.push_back(distance_of(frame->colours, reference_axes_));
        }
        metric.reference_distance = rounded(median_of(std::move(distances)));
    }
    for_each_double(frames_, [&](std::size_t begin, std::size_t end) {
        const FrameRange range = numbers(begin, end);
        metrics.findings.push_back(
            {FindingKind::doubles, range, static_cast<double>(range.count()), name_});
    });
    for (const Gap& gap : gaps_of(frames_, shape, whole_area_)) {
        const FrameRange range = numbers(gap.begin, gap.end - 1);
        const auto length = static_cast<double>(range.count());
        metrics.findings.push_back({gap.is_changed ? FindingKind::changes : FindingKind::leaves,
                                    range,
                                    gap.is_changed ? changed_a_frame * length : length,
                                    name_});
    }
    const LastingChange change = lasting_change(frames_, usual_area_);
    metric.colour_change = rounded(change.largest.colour);
    metric.shape_change = rounded(change.largest.outline);
    metric.size_change = rounded(change.largest.size);
    if (change.largest.worst() > 0) {
        metrics.findings.push_back({FindingKind::changes,
                                    numbers(change.place, frames_.size() - 1),
                                    rounded(change.largest.worst()),
                                    name_});
    }
    metrics.characters.push_back(std::move(metric));
}

}  // namespace nightreel

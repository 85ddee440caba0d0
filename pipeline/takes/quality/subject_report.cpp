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
constexpr std::size_t side_frames = 16;  // before and after a place that are compared
constexpr std::size_t near_frames = 8;   // right before and after
constexpr std::size_t whole_frames_min = 3;
constexpr double whole_area = 0.8;
// A gap in which something else stands in its place counts so much a frame as a change.
constexpr double changed_a_frame = 0.2;
constexpr double vanishing_area = 0.4;      // of the usual area
constexpr std::size_t seen_frames_min = 4;  // before a character can be gone
constexpr double still_there = 0.55;        // of its contrast to what is beside it

struct Look {
    ColourAxes colours{};
    Outline outline{};
    double height = 0;
};

template <std::size_t count, class Member>
std::array<float, count> median_array(const std::vector<const SubjectFrame*>& frames,
                                      const Member& member) {
    std::array<float, count> medians{};
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<double> values;
        for (const SubjectFrame* frame : frames) {
            values.push_back(static_cast<double>(member(*frame)[i]));
        }
        medians[i] = static_cast<float>(median_of(std::move(values)));
    }
    return medians;
}

// The least area of a character that is seen whole and from its broad side, in these frames.
double whole_area_in(const std::vector<SubjectFrame>& frames, std::size_t begin, std::size_t end) {
    std::vector<double> areas;
    for (std::size_t i = begin; i < end; ++i) {
        if (frames[i].count == 1 && !frames[i].at_edge) areas.push_back(frames[i].area);
    }
    return whole_area * quantile_of(areas, 0.8);
}

// What the character looks like in the frames in which it is seen whole; nothing where those are
// few.
std::optional<Look> look_of(const std::vector<SubjectFrame>& frames,
                            std::size_t begin,
                            std::size_t end,
                            double whole) {
    std::vector<const SubjectFrame*> chosen;
    std::vector<double> heights;
    for (std::size_t i = begin; i < end; ++i) {
        const SubjectFrame& frame = frames[i];
        if (frame.count != 1 || frame.at_edge || frame.area < whole) continue;
        chosen.push_back(&frame);
        heights.push_back(frame.box.height());
    }
    if (chosen.size() < whole_frames_min) return std::nullopt;
    return Look{
        median_array<3 * axis_bins>(chosen, [](const SubjectFrame& f) { return f.colours; }),
        median_array<std::size_t{outline_cells} * outline_cells>(
            chosen, [](const SubjectFrame& f) { return f.outline; }),
        median_of(heights)};
}

struct Change {
    double colour = 0;
    double outline = 0;
    double size = 0;

    double worst() const { return std::max({colour, outline, size}); }
};

Change change_of(const Look& before, const Look& after) {
    return {
        distance_of(before.colours, after.colours) / seen_colour,
        distance_of(before.outline, after.outline) / seen_outline,
        std::abs(std::log(std::max(after.height, 1.0) / std::max(before.height, 1.0))) / seen_size};
}

Change smaller_of(const Change& a, const Change& b) {
    return {std::min(a.colour, b.colour), std::min(a.outline, b.outline), std::min(a.size, b.size)};
}

struct LastingChange {
    Change largest;
    std::size_t place = 0;
};

// Between what it looks like before and after each frame, when it also looks different then from
// the end and the beginning of the take: who walks behind a tree comes back as he was.
LastingChange lasting_change(const std::vector<SubjectFrame>& frames) {
    LastingChange result;
    const auto look = [&](std::size_t begin, std::size_t end) {
        return look_of(frames, begin, end, whole_area_in(frames, begin, end));
    };
    const auto first = look(0, std::min(side_frames, frames.size()));
    const auto last = look(frames.size() - std::min(side_frames, frames.size()), frames.size());
    for (std::size_t at = whole_frames_min; at + whole_frames_min <= frames.size(); ++at) {
        const std::size_t begin = at - std::min(at, side_frames);
        const std::size_t end = std::min(at + side_frames, frames.size());
        const double whole_before = whole_area_in(frames, begin, at);
        const double whole_after = whole_area_in(frames, at, end);
        const auto before = look_of(frames, begin, at, whole_before);
        const auto after = look_of(frames, at, end, whole_after);
        if (!before || !after) continue;
        Change change = change_of(*before, *after);
        // Something that it walks behind covers its outline bit by bit; another outline comes at
        // once.
        const auto near_before = look_of(frames, at - std::min(at, near_frames), at, whole_before);
        const auto near_after =
            look_of(frames, at, std::min(at + near_frames, frames.size()), whole_after);
        if (!near_before || !near_after) continue;
        const Change at_once = change_of(*near_before, *near_after);
        change.outline = std::min(change.outline, at_once.outline);
        change.size = std::min(change.size, at_once.size);
        if (last) change = smaller_of(change, change_of(*before, *last));
        if (first) change = smaller_of(change, change_of(*first, *after));
        if (change.worst() <= result.largest.worst()) continue;
        result = {change, at};
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
                         double usual_area) {
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
            frames[frame - 1].area >= vanishing_area * usual_area) {
            const bool is_changed =
                frames[frame].contrast > still_there * frames[frame - 1].contrast;
            gaps.push_back({frame, end, is_changed});
        }
        seen = 0;
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
    if (const auto look =
            look_of(frames_, 0, frames_.size(), whole_area_in(frames_, 0, frames_.size()))) {
        metric.reference_distance = rounded(distance_of(look->colours, reference_axes_));
    }
    for_each_double(frames_, [&](std::size_t begin, std::size_t end) {
        const FrameRange range = numbers(begin, end);
        metrics.findings.push_back(
            {FindingKind::doubles, range, static_cast<double>(range.count()), name_});
    });
    for (const Gap& gap : gaps_of(frames_, shape, usual_area_)) {
        const FrameRange range = numbers(gap.begin, gap.end - 1);
        const auto length = static_cast<double>(range.count());
        metrics.findings.push_back({gap.is_changed ? FindingKind::changes : FindingKind::leaves,
                                    range,
                                    gap.is_changed ? changed_a_frame * length : length,
                                    name_});
    }
    const LastingChange change = lasting_change(frames_);
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

#include "toybox/detect/detect.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "shotspec/base/error.h"
#include "toybox/detect/actor_mask.h"
#include "toybox/detect/plane.h"
#include "toybox/detect/statistics.h"

namespace nightreel::toybox {
namespace {

constexpr double solid_weight = 0.4;  // counts as area

struct ClipMasks {
    std::vector<ActorMask> actors;                   // one a frame
    std::vector<std::vector<std::uint8_t>> pillars;  // columns, one set a frame
};

// What the frames of a clip say about one colour.
struct Evidence {
    std::vector<Sighting> track;
    std::vector<double> likeness;         // sum by template
    std::vector<double> widths, heights;  // of the clear sightings, at zoom 1
    std::vector<double> areas, peaks;     // one a frame
    int doubled = 0;                      // frames with a second group of the same colour
};

ClipMasks masks_of(std::span<const Frame> clip) {
    ClipMasks masks;
    for (const Frame& frame : clip) {
        masks.actors.push_back(actor_mask(frame));
        masks.pillars.push_back(pillar_columns(frame));
    }
    return masks;
}

bool any(const std::vector<std::uint8_t>& columns, int from, int to) {
    return std::any_of(
        columns.begin() + from, columns.begin() + to, [](auto set) { return set != 0; });
}

// Whether a pillar or another actor is so close that the box may not be the whole actor's.
bool is_crowded(const ActorMask& mask,
                const std::vector<std::uint8_t>& pillar,
                Colour colour,
                const Box& box) {
    const int left = std::max(0, static_cast<int>(box.left) - 1);
    const int right = std::min(frame_width, static_cast<int>(box.right) + 2);
    const int top = std::max(0, static_cast<int>(box.top) - 1);
    const int bottom = std::min(frame_height, static_cast<int>(box.bottom) + 2);
    if (any(pillar, left, right)) return true;
    int foreign = 0;
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
            const std::size_t pixel = mask.weight.index(x, y);
            foreign += mask.colour[pixel] != colour && mask.weight.values[pixel] > 0.6;
        }
    }
    return foreign > 6;
}

struct Group {
    Plane weight{frame_width, frame_height};
    bool is_doubled = false;
};

// The weights of one colour in its largest group alone.
Group main_group(const ActorMask& mask, Colour colour) {
    Region set(mask.weight.values.size());
    for (std::size_t i = 0; i < set.size(); ++i) set[i] = mask.weight_as(colour, i) > 0.3;
    const Region region = largest_group(set, frame_width, frame_height);
    Group group;
    double inside = 0;
    double outside = 0;
    for (std::size_t i = 0; i < set.size(); ++i) {
        const double weight = mask.weight_as(colour, i);
        (region[i] != 0 ? inside : outside) += weight;
        if (region[i] != 0) group.weight.values[i] = weight;
    }
    group.is_doubled = outside > 0.35 * inside;
    return group;
}

void measure(const ActorMask& mask, Colour colour, Evidence& evidence) {
    double area = 0;
    double peak = 0;
    for (std::size_t i = 0; i < mask.weight.values.size(); ++i) {
        const double weight = mask.weight_as(colour, i);
        area += weight > solid_weight;
        peak = std::max(peak, weight);
    }
    evidence.areas.push_back(area);
    evidence.peaks.push_back(peak);
}

void look_at_frame(const ClipMasks& masks,
                   std::size_t frame,
                   Colour colour,
                   const std::vector<Template>& templates,
                   Evidence& evidence) {
    const ActorMask& mask = masks.actors[frame];
    const Group group = main_group(mask, colour);
    evidence.doubled += group.is_doubled;
    const std::optional<Box> box = box_of(group.weight);
    if (!box) return;
    const bool at_edge = box->left < 0.75 || box->right > frame_width - 0.75 || box->top < 0.5;
    const bool clear = !at_edge && !is_crowded(mask, masks.pillars[frame], colour, *box);
    evidence.track.push_back({static_cast<int>(frame),
                              (box->left + box->right) / 2,
                              box->bottom,
                              box->width(),
                              box->height(),
                              clear});
    // A spinning actor seen edge-on says nothing about its shape.
    if (!clear || box->width() < 0.55 * box->height() || box->height() < 6) return;
    const std::vector<double> grid = centred_grid(group.weight, *box);
    for (std::size_t i = 0; i < templates.size(); ++i) {
        evidence.likeness[i] += likeness(grid, templates[i]);
    }
    evidence.widths.push_back(box->width());
    evidence.heights.push_back(box->height());
}

std::optional<Evidence> look_for(Colour colour,
                                 const ClipMasks& masks,
                                 const std::vector<Template>& templates,
                                 const CameraPath& camera) {
    Evidence evidence;
    for (const ActorMask& mask : masks.actors) measure(mask, colour, evidence);
    const auto frames = static_cast<double>(masks.actors.size());
    const auto large = std::count_if(
        evidence.areas.begin(), evidence.areas.end(), [](double area) { return area >= 12; });
    if (static_cast<double>(large) / frames < 0.3) return std::nullopt;
    evidence.likeness.assign(templates.size(), 0.0);
    for (std::size_t frame = 0; frame < masks.actors.size(); ++frame) {
        if (evidence.areas[frame] < 6) continue;
        const std::size_t before = evidence.widths.size();
        look_at_frame(masks, frame, colour, templates, evidence);
        if (evidence.widths.size() == before) continue;
        evidence.widths.back() /= camera.zoom[frame];
        evidence.heights.back() /= camera.zoom[frame];
    }
    if (evidence.track.empty()) return std::nullopt;
    return evidence;
}

Size size_from(const Evidence& evidence, const Template& looks) {
    // A spinning actor is as wide as it is only when it faces the camera.
    const double widest = *std::max_element(evidence.widths.begin(), evidence.widths.end());
    std::vector<double> facing;
    for (const double width : evidence.widths) {
        if (width > 0.9 * widest) facing.push_back(width);
    }
    const double by_height = median(evidence.heights) / (2 * looks.half_height);
    const double by_width = median(std::move(facing)) / (2 * looks.half_width);
    const double radius = std::sqrt(by_height * by_width);
    const double between = std::sqrt(radius_of(Size::small) * radius_of(Size::large));
    return radius < between ? Size::small : Size::large;
}

SeenActor actor_from(Evidence&& evidence,
                     Colour colour,
                     const std::vector<Template>& templates,
                     const CameraPath& camera) {
    SeenActor actor;
    actor.colour = colour;
    if (!evidence.widths.empty()) {
        const auto best = std::max_element(evidence.likeness.begin(), evidence.likeness.end());
        const Template& looks =
            templates[static_cast<std::size_t>(best - evidence.likeness.begin())];
        actor.shape = looks.shape;
        actor.pattern = looks.pattern;
        actor.likeness = *best / static_cast<double>(evidence.widths.size());
        actor.size = size_from(evidence, looks);
    }
    const auto frames = static_cast<double>(evidence.areas.size());
    std::vector<double> areas;
    for (const double area : evidence.areas) {
        if (area > 0) areas.push_back(area);
    }
    actor.area = median(std::move(areas));
    actor.peak = median(std::move(evidence.peaks));
    actor.seen = static_cast<double>(evidence.track.size()) / frames;
    actor.doing = action_of(evidence.track, camera);
    actor.track = std::move(evidence.track);
    return actor;
}

double certainty(const SeenActor& actor) {
    return actor.seen * (actor.likeness + 0.2) * std::sqrt(actor.area);
}

// Colour fringes look like faint actors, but only beside a real one.
bool is_fringe(const SeenActor& actor, const SeenActor& lead) {
    const bool large = actor.area > std::max(8.0, 0.05 * lead.area);
    const bool strong = actor.peak > 0.95 || (actor.likeness > 0.35 && actor.peak > 0.7);
    return !large || !strong;
}

void order_and_prune(std::vector<SeenActor>& actors) {
    std::stable_sort(actors.begin(), actors.end(), [](const SeenActor& a, const SeenActor& b) {
        return certainty(a) > certainty(b);
    });
    std::vector<SeenActor> kept;
    for (SeenActor& actor : actors) {
        if (kept.empty() || !is_fringe(actor, kept.front())) kept.push_back(std::move(actor));
    }
    actors = std::move(kept);
}

}  // namespace

Detector::Detector() : templates_(make_templates()) {}

Detection Detector::detect(std::span<const Frame> clip) const {
    if (clip.empty()) {
        throw Error(ErrorKind::bad_input, "toy world detector: a clip needs at least one frame");
    }
    const BackgroundGuess guess = background_of(clip);
    const ClipMasks masks = masks_of(clip);
    Detection found;
    found.background = guess.background;
    found.background_error = guess.error;
    found.camera = skyline_.camera_of(clip, guess.background);
    const auto with_pillar = std::count_if(
        masks.pillars.begin(), masks.pillars.end(), [](const std::vector<std::uint8_t>& columns) {
            return any(columns, 0, frame_width);
        });
    found.has_pillar = with_pillar * 2 > static_cast<std::ptrdiff_t>(clip.size());
    for (const auto& [colour, word] : EnumWords<Colour>::words) {
        std::optional<Evidence> evidence = look_for(colour, masks, templates_, found.camera);
        if (!evidence) continue;
        const int doubled = evidence->doubled;
        SeenActor actor = actor_from(std::move(*evidence), colour, templates_, found.camera);
        const bool second = doubled > 0.5 * static_cast<double>(actor.track.size());
        found.actors.push_back(actor);
        if (!second) continue;
        actor.seen = static_cast<double>(doubled) / static_cast<double>(clip.size());
        actor.likeness *= 0.9;
        found.actors.push_back(std::move(actor));
    }
    order_and_prune(found.actors);
    return found;
}

}  // namespace nightreel::toybox

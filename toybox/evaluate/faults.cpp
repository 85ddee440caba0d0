#include "toybox/evaluate/faults.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "shotspec/base/check.h"
#include "toybox/world/dice.h"
#include "toybox/world/render.h"
#include "toybox/world/trajectory.h"

namespace nightreel::toybox {
namespace {

constexpr double decoder_noise = 0.8;  // standard deviation, code values
constexpr int first_segment = 17;
constexpr int later_segment = 12;
constexpr std::int64_t smear_frames = 4;

double normal(Dice& dice) {
    const double radius = std::sqrt(-2 * std::log(1 - dice.uniform()));
    return radius * std::cos(2 * std::numbers::pi * dice.uniform());
}

FrameRgb noisy(const Frame& frame, Dice& dice) {
    FrameRgb display{frame_width, frame_height, {}};
    display.rgb.reserve(frame.rgb.size());
    for (const std::uint8_t code : frame.rgb) {
        const double value = static_cast<double>(code) + decoder_noise * normal(dice);
        display.rgb.push_back(static_cast<float>(value / 255));
    }
    return display;
}

struct Scene {
    Record record;
    int frames = 0;
    std::vector<std::int64_t> joints;
};

Scene scene_of(Dice& dice) {
    Scene scene{.record = sample_record(dice, {.triples = Triples::any}), .joints = {}};
    const auto later = static_cast<std::int64_t>(3 + dice.below(5));
    scene.frames = first_segment + static_cast<int>(later) * later_segment;
    for (std::int64_t joint = 0; joint < later; ++joint) {
        scene.joints.push_back(first_segment + joint * later_segment);
    }
    return scene;
}

// Frames before `at` are of `before`, the others of `after`.
MadeTake rendered(const Scene& scene, const Record& after, int at, Dice& dice) {
    MadeTake take{.frames = {}, .joints = scene.joints, .actor = scene.record.actors.front()};
    const Stage stage;
    Clip clip = stage.render(scene.record, at);
    const Clip rest = stage.render(after, scene.frames - at, at);
    clip.insert(clip.end(), rest.begin(), rest.end());
    for (const Frame& frame : clip) take.frames.push_back(noisy(frame, dice));
    return take;
}

// The frame's column of an actor, pixels.
std::vector<double> columns_of(const Record& record, int frames) {
    const Trajectory path = trajectory_of(record, frames);
    std::vector<double> columns;
    for (std::size_t f = 0; f < static_cast<std::size_t>(frames); ++f) {
        columns.push_back(path.actors.front().x[f] - path.camera_x[f]);
    }
    return columns;
}

// Whether the actor stands whole in the picture in all of these frames.
bool is_whole(const Scene& scene, const Actor& actor, int begin, int end) {
    if (begin < 0 || end > scene.frames) return false;
    Record record = scene.record;
    record.actors = {actor};
    const std::vector<double> columns = columns_of(record, scene.frames);
    const double margin = radius_of(actor.size) * 1.15 + 3;
    return std::all_of(columns.begin() + begin, columns.begin() + end, [&](double column) {
        return column > margin && column < frame_width - margin;
    });
}

Actor other_looks(const Actor& actor, Dice& dice) {
    Actor changed = actor;
    const auto other = [&](auto value) {
        using Set = decltype(value);
        const std::size_t count = count_of<Set>;
        return static_cast<Set>((index_of(value) + 1 + dice.below(count - 1)) % count);
    };
    switch (dice.below(4)) {
        case 0:
            changed.colour = other(actor.colour);
            break;
        case 1:
            changed.shape = other(actor.shape);
            break;
        case 2:
            changed.pattern = other(actor.pattern);
            break;
        default:
            changed.size = other(actor.size);
            break;
    }
    return changed;
}

// Draws scenes until one suits the fault.
MadeTake actor_fault(MadeFault fault, Dice& dice) {
    constexpr int tries_max = 10'000;
    constexpr int turn_frames = 16;  // one that spins is seen from its side for some of them
    constexpr int shown = 8;         // frames before and after in which it can be seen
    for (int attempt = 0; attempt < tries_max; ++attempt) {
        const Scene scene = scene_of(dice);
        const Actor& actor = scene.record.actors.front();
        const int at = shown + static_cast<int>(
                                   dice.below(static_cast<std::size_t>(scene.frames - 2 * shown)));
        if (!is_whole(scene, actor, at - shown, at + shown)) continue;
        Record after = scene.record;
        if (fault == MadeFault::leaves) after.actors.clear();
        if (fault == MadeFault::changes) after.actors = {other_looks(actor, dice)};
        if (!after.actors.empty() && !is_whole(scene, after.actors.front(), at, at + shown)) {
            continue;
        }
        if (fault == MadeFault::doubles) {
            Actor second = actor;
            second.x += (dice.chance(0.5) ? 1 : -1) * (2.6 * radius_of(actor.size) + 4);
            if (!is_whole(scene, second, at, at + shown)) continue;
            after.actors.push_back(second);
        }
        if (scene.record.pillar_x && fault == MadeFault::changes) continue;
        MadeTake take = rendered(scene, after, at, dice);
        take.fault = {at, at + turn_frames - 1};
        return take;
    }
    NIGHTREEL_CHECK(false, "some scenes suit every fault");
    return {};
}

void scale(FrameRgb& frame, const std::array<double, 3>& gain, double offset) {
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        const double value = static_cast<double>(frame.rgb[i]) * gain[i % 3] + offset / 255;
        frame.rgb[i] = static_cast<float>(std::clamp(value, 0.0, 1.0));
    }
}

void blend_with(FrameRgb& frame, const FrameRgb& other, double share) {
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        frame.rgb[i] += static_cast<float>(share) * (other.rgb[i] - frame.rgb[i]);
    }
}

// A part of [1 2 1] / 4 in both directions.
void soften(FrameRgb& frame, double share) {
    const FrameRgb from = frame;
    for (int y = 1; y + 1 < frame.height; ++y) {
        for (int x = 1; x + 1 < frame.width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const auto at = [&](int dx, int dy) {
                    return static_cast<double>(from.rgb[static_cast<std::size_t>(
                        ((y + dy) * frame.width + x + dx) * 3 + c)]);
                };
                double sum = 0;
                for (int dy = -1; dy <= 1; ++dy) {
                    for (int dx = -1; dx <= 1; ++dx) {
                        sum += at(dx, dy) * (dx == 0 ? 2 : 1) * (dy == 0 ? 2 : 1) / 16;
                    }
                }
                float& value = frame.rgb[static_cast<std::size_t>((y * frame.width + x) * 3 + c)];
                value = static_cast<float>(static_cast<double>(value) +
                                           share * (sum - static_cast<double>(value)));
            }
        }
    }
}

double mean_of(const FrameRgb& frame) {
    double sum = 0;
    for (const float value : frame.rgb) sum += static_cast<double>(value);
    return 255 * sum / static_cast<double>(frame.rgb.size());
}

// One of the three channels by `share`, up or down.
std::array<double, 3> tint(Dice& dice, double share) {
    std::array<double, 3> gain{1, 1, 1};
    gain[dice.below(3)] += dice.chance(0.5) ? share : -share;
    return gain;
}

// Grows from 0 in the first segment to 1 in the last.
template <class Use>
void over_segments(MadeTake& take, const Use& use) {
    const auto segments = static_cast<double>(take.joints.size());
    for (std::size_t f = 0; f < take.frames.size(); ++f) {
        const auto passed =
            std::upper_bound(take.joints.begin(), take.joints.end(), static_cast<std::int64_t>(f));
        use(take.frames[f], static_cast<double>(passed - take.joints.begin()) / segments);
    }
    take.fault = {0, std::ssize(take.frames) - 1};
}

void make_drift(MadeTake& take, MadeFault fault, Dice& dice) {
    const std::array<double, 3> gain = tint(dice, 0.08);
    const double sign = dice.chance(0.5) ? 1 : -1;
    over_segments(take, [&](FrameRgb& frame, double share) {
        switch (fault) {
            case MadeFault::colour_drift: {
                std::array<double, 3> part{};
                for (std::size_t c = 0; c < 3; ++c) part[c] = 1 + share * (gain[c] - 1);
                return scale(frame, part, 0);
            }
            case MadeFault::brightness_drift:
                return scale(frame, {1, 1, 1}, sign * 10 * share);
            case MadeFault::contrast_drift: {
                const double factor = 1 + sign * 0.15 * share;
                return scale(frame, {factor, factor, factor}, mean_of(frame) * (1 - factor));
            }
            default:
                return soften(frame, share);
        }
    });
}

void make_joint_fault(MadeTake& take,
                      MadeFault fault,
                      const std::vector<FrameRgb>& other,
                      Dice& dice) {
    const std::int64_t joint = take.joints[dice.below(take.joints.size())];
    const auto at = static_cast<std::size_t>(joint);
    take.fault = {joint, joint + 8};
    if (fault == MadeFault::cut) {
        std::copy(other.begin() + joint,
                  other.begin() + std::ssize(take.frames),
                  take.frames.begin() + joint);
    } else if (fault == MadeFault::smear) {
        // Peaks three frames after the joint, as a decoder's does that meets a foreign latent.
        constexpr std::array<double, smear_frames> shares{0.1, 0.2, 0.45, 0.3};
        for (std::size_t k = 0; k < shares.size() && at + k < take.frames.size(); ++k) {
            blend_with(take.frames[at + k], other[at + k], shares[k]);
        }
    } else {
        const std::array<double, 3> gain = tint(dice, 0.06);
        for (std::size_t f = at; f < take.frames.size(); ++f) scale(take.frames[f], gain, 0);
    }
}

double difference(const FrameRgb& a, const FrameRgb& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += std::abs(static_cast<double>(a.rgb[i] - b.rgb[i]));
    }
    return 255 * sum / static_cast<double>(a.rgb.size());
}

void make_time_fault(MadeTake& take, MadeFault fault, Dice& dice) {
    const auto frames = take.frames.size();
    const std::size_t length = fault == MadeFault::repeat ? 1 : 5 + dice.below(6);
    const std::size_t earliest = fault == MadeFault::returns ? 24 : 4;
    const std::size_t at = earliest + dice.below(frames - earliest - length - 4);
    const std::size_t back = fault == MadeFault::returns ? 10 + dice.below(10) : 0;
    for (std::size_t k = 0; k < length; ++k) {
        take.frames[at + k] =
            fault == MadeFault::returns ? take.frames[at + k - back] : take.frames[at - 1];
    }
    if (fault == MadeFault::freeze && dice.chance(0.5)) {
        // Near-identical: as a lossy copy has it.
        for (std::size_t k = 0; k < length; ++k) {
            for (float& value : take.frames[at + k].rgb) {
                value += static_cast<float>(0.03 * normal(dice) / 255);
            }
        }
    }
    take.fault = {static_cast<std::int64_t>(at), static_cast<std::int64_t>(at + length) - 1};
}

// Whether going back in time would be seen here: the picture has moved on since.
bool moves_on(const std::vector<FrameRgb>& frames) {
    std::vector<double> steps;
    std::vector<double> leaps;
    for (std::size_t f = 24; f < frames.size(); ++f) {
        steps.push_back(difference(frames[f], frames[f - 1]));
        for (std::size_t back = 10; back < 20; ++back) {
            leaps.push_back(difference(frames[f], frames[f - back]));
        }
    }
    std::sort(steps.begin(), steps.end());
    return *std::min_element(leaps.begin(), leaps.end()) > 2 * steps[steps.size() / 2];
}

}  // namespace

FrameRgb display_of(const Frame& frame) {
    FrameRgb display{frame_width, frame_height, {}};
    display.rgb.reserve(frame.rgb.size());
    for (const std::uint8_t code : frame.rgb) {
        display.rgb.push_back(static_cast<float>(code) / 255.0F);
    }
    return display;
}

bool is_of_actor(MadeFault fault) {
    return fault == MadeFault::doubles || fault == MadeFault::leaves || fault == MadeFault::changes;
}

FindingKind finding_for(MadeFault fault) {
    if (fault == MadeFault::cut || fault == MadeFault::smear) return FindingKind::seam;
    const auto found = from_word<FindingKind>(word_of(fault));
    NIGHTREEL_CHECK(found.has_value(), "every other fault has the name of a finding");
    return *found;
}

void make_fault(MadeTake& take, MadeFault fault, const std::vector<FrameRgb>& other, Dice& dice) {
    switch (fault) {
        case MadeFault::cut:
        case MadeFault::smear:
        case MadeFault::colour_jump:
            return make_joint_fault(take, fault, other, dice);
        case MadeFault::freeze:
        case MadeFault::repeat:
        case MadeFault::returns:
            return make_time_fault(take, fault, dice);
        case MadeFault::flicker: {
            const double height = 1.5 + dice.uniform() * 3;
            const auto begin = static_cast<std::size_t>(dice.below(take.frames.size() - 20));
            for (std::size_t f = begin; f < begin + 18; ++f) {
                scale(take.frames[f], {1, 1, 1}, f % 2 == 0 ? height : -height);
            }
            take.fault = {static_cast<std::int64_t>(begin), static_cast<std::int64_t>(begin) + 17};
            return;
        }
        case MadeFault::black: {
            const std::size_t at = 4 + dice.below(take.frames.size() - 10);
            const std::size_t length = 1 + dice.below(3);
            for (std::size_t k = 0; k < length; ++k) scale(take.frames[at + k], {0, 0, 0}, 0);
            take.fault = {static_cast<std::int64_t>(at),
                          static_cast<std::int64_t>(at + length) - 1};
            return;
        }
        default:
            return make_drift(take, fault, dice);
    }
}

MadeTake clean_take(std::uint64_t seed, std::uint64_t number) {
    Dice dice(seed, number);
    const Scene scene = scene_of(dice);
    return rendered(scene, scene.record, scene.frames, dice);
}

MadeTake faulty_take(MadeFault fault, std::uint64_t seed, std::uint64_t number) {
    Dice dice(seed + 1000 * (index_of(fault) + 1), number);
    if (is_of_actor(fault)) return actor_fault(fault, dice);
    for (;;) {
        const Scene scene = scene_of(dice);
        MadeTake take = rendered(scene, scene.record, scene.frames, dice);
        if (fault == MadeFault::returns && !moves_on(take.frames)) continue;
        std::vector<FrameRgb> frames;
        if (fault == MadeFault::cut || fault == MadeFault::smear) {
            // These show a foreign picture: one of another place.
            Scene other = scene_of(dice);
            if (other.record.background == scene.record.background) continue;
            other.frames = scene.frames;
            frames = rendered(other, other.record, other.frames, dice).frames;
        }
        make_fault(take, fault, frames, dice);
        return take;
    }
}

}  // namespace nightreel::toybox

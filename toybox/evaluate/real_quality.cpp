#include "toybox/evaluate/real_quality.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "toybox/detect/judge.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/world/caption.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t real_seed = 778;
constexpr int chained_segments = 4;
constexpr std::int32_t chained_overlap = 2;
constexpr std::size_t segment_step = 12;
constexpr double sky_tolerance = 10;  // code values
constexpr std::array<MadeFault, 10> picture_faults{MadeFault::cut,
                                                   MadeFault::smear,
                                                   MadeFault::colour_jump,
                                                   MadeFault::colour_drift,
                                                   MadeFault::brightness_drift,
                                                   MadeFault::contrast_drift,
                                                   MadeFault::flicker,
                                                   MadeFault::freeze,
                                                   MadeFault::repeat,
                                                   MadeFault::black};

// Mean distance of the top rows from the world's own sky; its middle, without sun and moon.
double sky_error(const Frame& frame, Background background) {
    const Rgb sky = colours_of(background).sky;
    const std::array<double, 3> truth{static_cast<double>(sky.red),
                                      static_cast<double>(sky.green),
                                      static_cast<double>(sky.blue)};
    double worst = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        double sum = 0;
        constexpr int rows = 8;
        constexpr int columns = frame_width / 2;
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                sum += static_cast<double>(frame.rgb[Frame::offset(x, y) + c]);
            }
        }
        worst = std::max(worst, std::abs(sum / (rows * columns) - truth[c]));
    }
    return worst;
}

bool is_clean(const Clip& stream, const Record& record, const Detector& detector) {
    constexpr std::array asked{Attribute::count,
                               Attribute::shape,
                               Attribute::colour,
                               Attribute::pattern,
                               Attribute::size,
                               Attribute::background,
                               Attribute::pillar};
    const Facts facts = facts_of(record);
    for (std::size_t end = window_frames; end <= stream.size(); end += segment_step) {
        const Judgement seen = judge(
            detector.detect(std::span(stream).subspan(end - window_frames, window_frames)), facts);
        for (const Attribute attribute : asked) {
            if (seen.of(attribute).right != seen.of(attribute).asked) return false;
        }
        if (sky_error(stream[end - 1], record.background) > sky_tolerance) return false;
    }
    return true;
}

// A chain of one caption; nothing when it is not clean.
std::optional<MadeTake> real_take(ClipMaker& maker, const Detector& detector, std::size_t number) {
    Dice dice(real_seed, number);
    const Record record = sample_record(dice, {.phases = 1, .pillar = false});
    ClipOrder order{.name = fmt::format("quality {}", number),
                    .caption = caption_of(record, dice).text};
    order.sheet = maker.encode_sheet(render_sheet(record.actors.front()));
    std::vector<LatentClip> parts;
    for (int segment = 0; segment < chained_segments; ++segment) {
        const LatentClip window = maker.sample(order);
        parts.push_back(slice(window, order.history.frames, window_latents - order.history.frames));
        order.history = slice(window, window_latents - chained_overlap, chained_overlap);
        order.first_latent += window_latents - chained_overlap;
    }
    const Clip stream = maker.decode(join(parts));
    if (!is_clean(stream, record, detector)) return std::nullopt;
    MadeTake take{.frames = {}, .joints = {}, .actor = record.actors.front()};
    for (std::size_t joint = window_frames; joint < stream.size(); joint += segment_step) {
        take.joints.push_back(static_cast<std::int64_t>(joint));
    }
    for (const Frame& frame : stream) {
        FrameRgb display{frame_width, frame_height, {}};
        for (const std::uint8_t code : frame.rgb) {
            display.rgb.push_back(static_cast<float>(code) / 255.0F);
        }
        take.frames.push_back(std::move(display));
    }
    return take;
}

// In the order of their numbers, whatever the number of threads.
std::vector<MadeTake> clean_takes(const Crew& crew, std::size_t wanted) {
    const Detector detector;
    std::vector<std::optional<MadeTake>> made(3 * wanted);
    std::atomic<std::size_t> clean = 0;
    share_work(crew, "take", made.size(), [&](ClipMaker& maker, std::size_t i) {
        // Two more a thread may be in the making: which ones are kept depends on numbers alone.
        if (clean >= wanted + 2 * crew.threads) return;
        made[i] = real_take(maker, detector, i);
        clean += made[i] ? 1U : 0U;
    });
    std::vector<MadeTake> takes;
    for (std::optional<MadeTake>& one : made) {
        if (one && takes.size() < wanted) takes.push_back(std::move(*one));
    }
    return takes;
}

double mean_difference(const MadeTake& a, const MadeTake& b) {
    double sum = 0;
    const FrameRgb& one = a.frames.back();
    const FrameRgb& other = b.frames.back();
    for (std::size_t i = 0; i < one.rgb.size(); ++i) {
        sum += std::abs(static_cast<double>(one.rgb[i] - other.rgb[i]));
    }
    return 255 * sum / static_cast<double>(one.rgb.size());
}

// The next take in the circle that shows another place.
const MadeTake& other_of(const std::vector<MadeTake>& takes, std::size_t number) {
    constexpr double other_place = 8;  // code values
    for (std::size_t k = 1; k < takes.size(); ++k) {
        const MadeTake& other = takes[(number + k) % takes.size()];
        if (mean_difference(takes[number], other) > other_place) return other;
    }
    return takes[number];
}

}  // namespace

std::vector<Figure> measure_real_quality(const Crew& crew, std::size_t count) {
    const std::vector<MadeTake> takes = clean_takes(crew, count);
    std::vector<Figure> figures;
    std::size_t flagged = 0;
    for (const MadeTake& take : takes)
        flagged += is_flagged(report_of(take)) ? std::size_t{1} : std::size_t{0};
    figures.push_back(share_figure("quality.model.clean.flagged", wilson(flagged, takes.size())));
    for (const MadeFault fault : picture_faults) {
        std::size_t found = 0;
        for (std::size_t number = 0; number < takes.size(); ++number) {
            Dice dice(real_seed + index_of(fault) + 1, number);
            MadeTake take = takes[number];
            make_fault(take, fault, other_of(takes, number).frames, dice);
            found += is_found(report_of(take), take, fault) ? std::size_t{1} : std::size_t{0};
        }
        figures.push_back(share_figure(fmt::format("quality.model.{}.found", word_of(fault)),
                                       wilson(found, takes.size())));
    }
    return figures;
}

}  // namespace nightreel::toybox

#include "toybox/evaluate/real_quality.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "toybox/evaluate/chained_take.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/world/caption.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t real_seed = 778;
constexpr int chained_segments = 4;
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
    if (!shows(stream, facts_of(record), asked, detector)) return false;
    for (std::size_t end = window_frames; end <= stream.size(); end += segment_step) {
        if (sky_error(stream[end - 1], record.background) > sky_tolerance) return false;
    }
    return true;
}

// A chain of one caption; nothing when it is not clean.
std::optional<MadeTake> real_take(ClipMaker& maker, const Detector& detector, std::size_t number) {
    Dice dice(real_seed, number);
    const Record record = sample_record(dice, {.phases = 1, .pillar = false});
    ChainedTake made = make_chained_take(
        maker,
        {.name = fmt::format("quality {}", number), .caption = caption_of(record, dice).text},
        record.actors.front(),
        chained_segments);
    if (!is_clean(made.stream, record, detector)) return std::nullopt;
    return std::move(made.take);
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

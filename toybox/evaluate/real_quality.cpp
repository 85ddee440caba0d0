#include "toybox/evaluate/real_quality.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "toybox/evaluate/chained_take.h"
#include "toybox/evaluate/quality_trials.h"
#include "toybox/evaluate/real_faults.h"
#include "toybox/world/caption.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t real_seed = 778;
constexpr int chained_segments = 4;
constexpr std::size_t segment_step = 12;
constexpr double sky_tolerance = 10;  // code values
constexpr std::array<MadeFault, 13> real_faults{MadeFault::cut,
                                                MadeFault::smear,
                                                MadeFault::colour_jump,
                                                MadeFault::colour_drift,
                                                MadeFault::brightness_drift,
                                                MadeFault::contrast_drift,
                                                MadeFault::flicker,
                                                MadeFault::freeze,
                                                MadeFault::repeat,
                                                MadeFault::black,
                                                MadeFault::doubles,
                                                MadeFault::leaves,
                                                MadeFault::changes};

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

Places places_of(const Detection& seen, std::size_t frames) {
    Places places(frames);
    if (seen.actors.empty()) return places;
    for (const Sighting& sighting : seen.actors.front().track) {
        if (sighting.clear) places[static_cast<std::size_t>(sighting.frame)] = sighting;
    }
    return places;
}

// A chain of one caption; nothing when it is not clean.
std::optional<SeenTake> real_take(ClipMaker& maker,
                                  const Detector& detector,
                                  std::uint64_t seed,
                                  std::size_t number) {
    Dice dice(real_seed + seed, number);
    const Record record = sample_record(dice, {.phases = 1, .pillar = false});
    const ClipOrder order{.name = fmt::format("quality {} {}", seed, number),
                          .caption = caption_of(record, dice).text};
    ChainedTake made = make_chained_take(maker, order, record.actors.front(), chained_segments);
    if (!is_clean(made.stream, record, detector)) return std::nullopt;
    Places places = places_of(detector.detect(made.stream), made.stream.size());
    return SeenTake{std::move(made.take), std::move(places)};
}

// In the order of their numbers, whatever the number of threads.
std::vector<SeenTake> clean_takes(const Crew& crew, const QualityTrial& trial) {
    const Detector detector;
    std::vector<std::optional<SeenTake>> made(3 * trial.takes);
    std::atomic<std::size_t> clean = 0;
    share_work(crew, "takes", made.size(), [&](ClipMaker& maker, std::size_t i) {
        // Two more a thread may be in the making: which ones are kept depends on numbers alone.
        if (clean >= trial.takes + 2 * crew.threads) return;
        made[i] = real_take(maker, detector, trial.seed, i);
        clean += made[i] ? 1U : 0U;
    });
    std::vector<SeenTake> takes;
    for (std::optional<SeenTake>& one : made) {
        if (one && takes.size() < trial.takes) takes.push_back(std::move(*one));
    }
    return takes;
}

double mean_difference(const SeenTake& a, const SeenTake& b) {
    double sum = 0;
    const FrameRgb& one = a.take.frames.back();
    const FrameRgb& other = b.take.frames.back();
    for (std::size_t i = 0; i < one.rgb.size(); ++i) {
        sum += std::abs(static_cast<double>(one.rgb[i] - other.rgb[i]));
    }
    return 255 * sum / static_cast<double>(one.rgb.size());
}

// The next take in the circle that shows another place.
const SeenTake& other_of(const std::vector<SeenTake>& takes, std::size_t number) {
    constexpr double other_place = 8;  // code values
    for (std::size_t k = 1; k < takes.size(); ++k) {
        const SeenTake& other = takes[(number + k) % takes.size()];
        if (mean_difference(takes[number], other) > other_place) return other;
    }
    return takes[number];
}

std::optional<MadeTake> with_fault(const std::vector<SeenTake>& takes,
                                   std::size_t number,
                                   MadeFault fault,
                                   Dice& dice) {
    const SeenTake& other = other_of(takes, number);
    if (is_of_actor(fault)) return with_actor_fault(takes[number], fault, other, dice);
    MadeTake take = takes[number].take;
    make_fault(take, fault, other.take.frames, dice);
    return take;
}

}  // namespace

void measure_real_quality(const Crew& crew, const QualityTrial& trial, const Report& report) {
    const std::vector<SeenTake> takes = clean_takes(crew, trial);
    const auto report_share = [&](const std::string& name, std::size_t count, std::size_t asked) {
        fmt::print(stderr, "{}: {} of {}\n", name, count, asked);
        report(share_figure(name, wilson(count, asked)));
    };
    report_share("quality.model.clean.flagged",
                 count_pieces(crew.threads,
                              takes.size(),
                              [&](std::size_t i) { return is_flagged(report_of(takes[i].take)); }),
                 takes.size());
    for (const MadeFault fault : real_faults) {
        std::vector<MadeTake> made;
        for (std::size_t number = 0; number < takes.size(); ++number) {
            Dice dice(real_seed + trial.seed + index_of(fault) + 1, number);
            std::optional<MadeTake> one = with_fault(takes, number, fault, dice);
            if (one) made.push_back(std::move(*one));
        }
        const auto is_seen = [&](std::size_t i) {
            return is_found(report_of(made[i]), made[i], fault);
        };
        report_share(fmt::format("quality.model.{}.found", word_of(fault)),
                     count_pieces(crew.threads, made.size(), is_seen),
                     made.size());
    }
}

}  // namespace nightreel::toybox

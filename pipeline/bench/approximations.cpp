#include "pipeline/bench/approximations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "pipeline/model/transformer/step_cache_fitting.h"
#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "pipeline/stitch/take_decoder.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usage =
    "usage: nightreel-bench approximations --model DIR [--prompts FILE] [--segments N] "
    "[--size WxH] [--device D] [--threads N]";

// Of the bundled model's world; other models see something in them as well.
constexpr auto usual_prompts = std::to_array<std::string_view>(
    {"a small striped red star jumps in a meadow, the camera is static",
     "a large blue circle walks right in the desert",
     "a little dotted green square spins at night",
     "a big yellow triangle floats in the snow, the camera pans left"});

constexpr auto thresholds = std::to_array({0.05, 0.1, 0.15, 0.2, 0.3});
constexpr auto gates = std::to_array({0.75, 0.5, 0.25});

struct ApproximationArguments {
    fs::path model;
    std::vector<std::string> prompts{usual_prompts.begin(), usual_prompts.end()};
    int segments = 8;
    std::optional<PictureSize> size;  // none: the first of the card
    std::string device = "cpu";
    int threads = 1;
};

int count_in(std::string_view option, std::string_view text) {
    constexpr int most = 1000;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} {}: expected a number from 1 to {}", option, text, most));
    }
    return number;
}

std::vector<std::string> lines_of(const fs::path& file) {
    std::vector<std::string> lines;
    const std::string text = read_file(file);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (end > begin) lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (lines.empty()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: no prompts; write one per line", file.string()));
    }
    return lines;
}

void take_option(ApproximationArguments& asked,
                 const std::string& option,
                 const std::string& value) {
    if (option == "--model") {
        asked.model = value;
    } else if (option == "--prompts") {
        asked.prompts = lines_of(value);
    } else if (option == "--segments") {
        asked.segments = count_in(option, value);
    } else if (option == "--size") {
        asked.size = TextForm<PictureSize>::read(value);
        if (!asked.size) {
            throw Error(
                ErrorKind::usage,
                fmt::format("--size {}: expected {}", value, TextForm<PictureSize>::accepted));
        }
    } else if (option == "--device") {
        asked.device = value;
    } else if (option == "--threads") {
        asked.threads = count_in(option, value);
    } else {
        throw Error(ErrorKind::usage, fmt::format("unknown option {}\n{}", option, usage));
    }
}

ApproximationArguments parse(std::span<const std::string> arguments) {
    ApproximationArguments asked;
    for (std::size_t at = 0; at < arguments.size(); at += 2) {
        if (at + 1 == arguments.size()) throw Error(ErrorKind::usage, std::string(usage));
        take_option(asked, arguments[at], arguments[at + 1]);
    }
    if (asked.model.empty()) throw Error(ErrorKind::usage, std::string(usage));
    return asked;
}

// What all segments of one setting, or of exact sampling, took and gave.
struct Tally {
    double seconds = 0;
    int steps = 0;
    int skipped = 0;
    int reused = 0;
    double latents_squares = 0;  // of the exact ones
    double latents_lost = 0;     // squares of the differences
    double frames_lost = 0;
    double frames_values = 0;
};

std::vector<MeasuredApproximation> settings_to_try(const SamplingSettings& sampling) {
    const bool is_guided = sampling.guidance > 1;
    std::vector<MeasuredApproximation> settings;
    const auto add = [&](double step_cache, double guidance_until) {
        settings.push_back(
            {.step_cache = step_cache, .guidance_until = guidance_until, .steps = sampling.steps});
    };
    for (const double threshold : thresholds) add(threshold, 1);
    if (!is_guided) return settings;
    for (const double gate : gates) add(0, gate);
    for (const double threshold : {0.1, 0.2}) {
        for (const double gate : {0.75, 0.5}) add(threshold, gate);
    }
    return settings;
}

class ApproximationBench {
  public:
    explicit ApproximationBench(const ApproximationArguments& asked)
        : asked_(asked),
          card_(read_model_card(asked.model)),
          engine_({.model = card_.folder,
                   .device = asked.device,
                   .threads = asked.threads,
                   .prompt_tokens_max = card_.prompt_tokens_max}) {
        if (card_.first_picture == PictureUse::needed) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format("{}: requires given pictures; this bench measures without pictures",
                            card_.folder));
        }
    }

    void run() {
        fit();
        settings_ = settings_to_try(card_.final);
        tallies_.resize(settings_.size());
        for (int number = 0; number < asked_.segments; ++number) measure(request(number));
        for (std::size_t i = 0; i < settings_.size(); ++i) print(settings_[i], tallies_[i]);
    }

  private:
    SegmentRequest request(int number) {
        const auto prompt = static_cast<std::size_t>(number) % asked_.prompts.size();
        const PictureSize size =
            asked_.size.value_or(card_.sizes.empty() ? PictureSize{480, 320} : card_.sizes[0]);
        SegmentRequest request{
            .noise_seed = derived_seed(static_cast<std::uint64_t>(number) + 1, "bench", 1),
            .frames = {0, card_.window.latent_frames},
            .size = engine_.latent_grid().size_of(size.width, size.height),
            .rate = card_.rate.per_second(),
            .prompt = engine_.encode_prompt(asked_.prompts[prompt]),
            .negative = engine_.encode_prompt(card_.negative_prompt),
            .sampling = card_.final};
        request.sampling.step_cache = 0;
        request.sampling.guidance_until = 1;
        return request;
    }

    void fit() {
        std::vector<StepChange> changes;
        for (int number = 0; number < asked_.segments; ++number) {
            const std::vector<StepChange> of_segment = engine_.step_changes(request(number));
            changes.insert(changes.end(), of_segment.begin(), of_segment.end());
        }
        fit_ = fit_step_cache(changes);
        double squares = 0;
        double lost = 0;
        for (const StepChange& change : changes) {
            squares += change.output * change.output;
            lost += std::pow(change.output - estimated_change(fit_, change.embedding), 2);
        }
        Json line{{"bench", "approximations"},
                  {"model", card_.name},
                  {"coefficients", fit_.coefficients},
                  {"changes", changes.size()},
                  {"fit_error", std::sqrt(lost / squares)}};
        fmt::print("{}\n", line.dump());
        std::fflush(stdout);
    }

    // Exact sampling and all settings take turns, so that all see the same machine.
    void measure(const SegmentRequest& exact) {
        Tally reference;
        const LatentClip latents = sample(exact, reference);
        const std::vector<FrameRgb> frames = decode(latents);
        for (std::size_t i = 0; i < settings_.size(); ++i) {
            SegmentRequest request = exact;
            request.sampling.step_cache = settings_[i].step_cache;
            request.sampling.guidance_until = settings_[i].guidance_until;
            request.step_cache_fit = fit_;
            const LatentClip other = sample(request, tallies_[i]);
            compare(latents, other, tallies_[i]);
            compare(frames, decode(other), tallies_[i]);
        }
        exact_seconds_ += reference.seconds;
    }

    LatentClip sample(const SegmentRequest& request, Tally& tally) {
        const double begin = seconds();
        LatentClip latents = engine_.sample_segment(request, [&](const StepReport& step) {
            tally.steps += 1;
            tally.skipped += step.has_skipped ? 1 : 0;
            tally.reused += step.has_reused ? 1 : 0;
        });
        tally.seconds += seconds() - begin;
        return latents;
    }

    // Of all threads where the processor computes: others may use it as well.
    double seconds() const {
        if (asked_.device != "cpu") {
            return std::chrono::duration<double>(clock_.steady()).count();
        }
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        constexpr double micros = 1e6;
        return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / micros;
    }

    std::vector<FrameRgb> decode(const LatentClip& latents) {
        std::vector<FrameRgb> frames;
        TakeDecoder decoder(engine_);
        decoder.push(latents,
                     [&](std::int64_t, const FrameRgb& frame) { frames.push_back(frame); });
        return frames;
    }

    static double lost_squares(const std::vector<float>& exact, const std::vector<float>& other) {
        double sum = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            const double lost = double{other[i]} - double{exact[i]};
            sum += lost * lost;
        }
        return sum;
    }

    static void compare(const LatentClip& exact, const LatentClip& other, Tally& tally) {
        tally.latents_lost += lost_squares(exact.values, other.values);
        for (const float value : exact.values) tally.latents_squares += double{value} * value;
    }

    static void compare(const std::vector<FrameRgb>& exact,
                        const std::vector<FrameRgb>& other,
                        Tally& tally) {
        for (std::size_t i = 0; i < exact.size(); ++i) {
            tally.frames_lost += lost_squares(exact[i].rgb, other[i].rgb);
            tally.frames_values += static_cast<double>(exact[i].rgb.size());
        }
    }

    void print(MeasuredApproximation measured, const Tally& tally) const {
        constexpr double psnr_most = 120;  // of equal frames
        measured.skipped_share = static_cast<double>(tally.skipped) / tally.steps;
        measured.reused_share = static_cast<double>(tally.reused) / tally.steps;
        measured.latents_error = std::sqrt(tally.latents_lost / tally.latents_squares);
        measured.psnr_db =
            std::min(psnr_most, -10 * std::log10(tally.frames_lost / tally.frames_values));
        measured.speed = exact_seconds_ / tally.seconds;
        fmt::print("{}\n", to_json_value(measured).dump());
        std::fflush(stdout);
    }

    const ApproximationArguments& asked_;
    ModelCard card_;
    Engine engine_;
    SystemClock clock_;
    StepCacheFit fit_;
    std::vector<MeasuredApproximation> settings_;
    std::vector<Tally> tallies_;
    double exact_seconds_ = 0;
};

}  // namespace

int run_approximation_bench(std::span<const std::string> arguments) {
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
        answer("{}\n", usage);
        return 0;
    }
    const ApproximationArguments asked = parse(arguments);
    ApproximationBench(asked).run();
    return 0;
}

}  // namespace nightreel

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/sample/engine.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/latents.h"
#include "pipeline/tasks/sample_request.h"

namespace nightreel {
namespace {

constexpr const char* window_state_file = "state.safetensors";

void refuse_impossible(const SampleOrder& order) {
    const bool continues = !order.previous.empty();
    const bool is_inside =
        order.latent_count >= 1 && order.history >= 0 && order.history < order.latent_count;
    if (!is_inside || continues != (order.history > 0)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("segment {}: {} latent frames with a history of {}",
                                order.segment,
                                order.latent_count,
                                order.history));
    }
}

// How much of a step is done, from the share of a pass: with guidance a step of many tokens is two
// passes. How many there are is known from the step before.
class StepShare {
  public:
    explicit StepShare(const SamplingSettings& sampling) : passes_(sampling.guidance > 1 ? 2 : 1) {}

    double add(double share) {
        if (share > 0 && share <= last_) ++done_;
        if (share > 0) last_ = share;
        return std::min((done_ + last_) / std::max(passes_, done_ + 1), share_max);
    }

    void next_step() {
        if (last_ > 0) passes_ = done_ + 1;
        done_ = 0;
        last_ = 0;
    }

  private:
    static constexpr double share_max = 0.99;

    double passes_;
    double done_ = 0;
    double last_ = 0;
};

// Where a take in windows keeps its state between two attempts; empty for other segments, which are
// short.
std::filesystem::path kept_state_file(const SampleOrder& order, const TaskContext& context) {
    if (!order.windows || context.request.resume.empty()) return {};
    const std::filesystem::path folder = context.request.resume;
    std::filesystem::create_directories(folder);
    return folder / window_state_file;
}

std::vector<WindowFile> files_of(const WindowRound& round, const TaskContext& context) {
    std::vector<WindowFile> files;
    for (const WindowState& one : round.states) {
        files.push_back({static_cast<std::size_t>(one.window),
                         context.inputs.folder_of(one.state) / window_state_file});
    }
    return files;
}

// Some steps of one window, or the take of all windows.
TaskWork run_window_round(const SampleOrder& order, const TaskContext& context) {
    const WindowRound& round = order.window_round.value();
    const int steps = round.step_end - round.step_first;
    StepShare share(order.sampling);
    int done = 0;
    Engine& engine = context.engine(order.model, [&](double part) {
        context.alive((done + share.add(part)) / std::max(steps, 1));
    });
    const SegmentRequest request = request_of(order, context, engine);
    const std::vector<WindowFile> states = files_of(round, context);
    const Millis begin = context.clock.steady();
    if (!round.window) {
        const LatentClip latents = engine.join_windows(request, states);
        write_plain_arrays(context.staging / latents_file, {{"latents", array_of(latents)}});
    } else {
        engine.sample_window(
            request,
            {static_cast<std::size_t>(*round.window), round.step_first, round.step_end, states},
            context.staging / window_state_file,
            [&](const StepReport& step) {
                done = step.done;
                share.next_step();
                context.step(static_cast<double>(step.done) / step.steps,
                             fmt::format("step {} of {}", step.done, step.steps));
            });
    }
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    work.facts["steps"] = steps;
    if (round.window) work.facts["window"] = *round.window + 1;
    return work;
}

}  // namespace

TaskWork run_sample(const SampleOrder& order, const TaskContext& context) {
    refuse_impossible(order);
    if (order.window_round) return run_window_round(order, context);
    StepShare share(order.sampling);
    int done = 0;
    int steps = order.sampling.steps;  // more where frames begin one after the other
    Engine& engine = context.engine(
        order.model, [&](double part) { context.alive((done + share.add(part)) / steps); });
    const SegmentRequest request = request_of(order, context, engine);

    const Millis begin = context.clock.steady();
    int skipped = 0;
    int reused = 0;
    const LatentClip latents = engine.sample_segment(
        request,
        [&](const StepReport& step) {
            if (step.has_skipped) ++skipped;
            if (step.has_reused) ++reused;
            steps = step.steps;
            done = step.done;
            share.next_step();
            context.step(static_cast<double>(step.done) / step.steps,
                         fmt::format("step {} of {}", step.done, step.steps));
        },
        kept_state_file(order, context));
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    write_plain_arrays(context.staging / latents_file, {{"latents", array_of(latents)}});
    work.facts["segment"] = order.segment;
    work.facts["latent_frames"] = order.latent_count;
    work.facts["steps"] = steps;
    work.facts["steps_skipped"] = skipped;
    work.facts["guidance_reused"] = reused;
    work.facts["loras"] = order.loras.size();
    work.facts["seconds_per_step"] = work.seconds / steps;
    return work;
}

}  // namespace nightreel

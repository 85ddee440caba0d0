#include "pipeline/sample/windows/window_task.h"

#include <utility>

#include <fmt/format.h>

#include "pipeline/sample/experts/segment_experts.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/model_inputs.h"
#include "pipeline/sample/segment_frames.h"
#include "pipeline/sample/segment_tensors.h"
#include "pipeline/sample/windows/window_exchange.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

std::vector<LatentWindow> windows_of(const SegmentRequest& request) {
    return place_windows(request.frames.end - request.frames.begin, request.windows.value());
}

std::vector<WindowPart> parts_in(const std::vector<WindowFile>& files) {
    std::vector<WindowPart> parts;
    for (const WindowFile& file : files) {
        NamedTensors tensors = SafetensorsFile(file.state).tensors();
        // The file may go while they are in use.
        for (auto& [name, tensor] : tensors) tensor = tensor.clone();
        parts.push_back({file.window, std::move(tensors)});
    }
    return parts;
}

SamplingState state_before(const WindowTask& task,
                           const std::vector<LatentWindow>& windows,
                           const SegmentTensors& segment,
                           const SamplingPlan& plan,
                           std::int64_t front) {
    SamplingState state;
    state.latents_bcfhw = start_of(segment, plan);
    if (task.step_first > 0) {
        const LatentWindow& window = windows.at(task.window);
        state = moved_beside(
            sampling_state_of(averaged(windows, parts_in(task.states), window, front), plan.solver),
            segment.noise_bcfhw);
    }
    if (state.step == task.step_first) return state;
    throw Error(
        ErrorKind::corrupt,
        fmt::format("states of windows: after {} steps, expected {}", state.step, task.step_first));
}

}  // namespace

NamedTensors advance_window(const SegmentRequest& request,
                            const WindowTask& task,
                            EngineParts& parts,
                            const StepDone& step_done) {
    const SamplingPlan plan = sampling_plan(sampling_for(parts.inputs, request.sampling));
    if (task.step_first < 0 || task.step_first >= task.step_end ||
        task.step_end > plan.grid.steps()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("steps {} to {} of a window: there are {}",
                                task.step_first + 1,
                                task.step_end,
                                plan.grid.steps()));
    }
    const std::vector<LatentWindow> windows = windows_of(request);
    const LatentWindow& window = windows.at(task.window);
    PreparedSegment prepared = prepare_segment(request, parts);
    const SegmentTensors segment = tensors_of_window(prepared.tensors, window, prepared.dropped);
    SamplingState state = state_before(task, windows, segment, plan, prepared.dropped);
    LatentWindow whole{.count = window.count};
    whole.weights.assign(static_cast<std::size_t>(window.count), 1.0F);
    SegmentExperts experts(parts, request, prepared.conditions, nullptr);
    const StepWatch watch = [&](const SampledStep& step) {
        const int steps = task.step_end - task.step_first;
        if (step_done) step_done({step.step + 1 - task.step_first, steps});
    };
    state = advance_windows(
        experts.all(plan.grid),
        segment,
        plan,
        {{whole}, prepared.dropped, [&](std::size_t) { experts.begin_window(task.window); }},
        std::move(state),
        task.step_end,
        watch);
    experts.close();
    if (task.step_end == plan.grid.steps()) {
        state.latents_bcfhw = SegmentFrames(segment).held(state.latents_bcfhw);
    }
    return tensors_of(state);
}

LatentClip join_windows(const SegmentRequest& request,
                        const std::vector<WindowFile>& states,
                        const ModelInputs& inputs) {
    const LatentWindow all{
        .count = static_cast<std::int32_t>(request.frames.end - request.frames.begin)};
    const std::int64_t front =
        inputs.references == ReferenceUse::canvas ? request.references.frames : 0;
    const SamplingState state = sampling_state_of(
        averaged(windows_of(request), parts_in(states), all, front), request.sampling.solver);
    return clip_of(state.latents_bcfhw.narrow(2, front, all.count));
}

}  // namespace nightreel

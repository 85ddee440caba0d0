#pragma once
// What tasks are reckoned to cost, from the model card alone. For planning and placement; reports
// use measured figures. Pure, any thread.

#include "pipeline/plan/estimate/planned_machine.h"
#include "pipeline/plan/segment_plan.h"
#include "pipeline/plan/task_graph.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

TaskCost encode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const PlannedMachine& machine = {});
TaskCost sample_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const Segment& segment,
                     const PlannedMachine& machine = {});

// Some steps of one of the segment's windows, or what joins all of them.
struct WindowSteps {
    bool is_window = true;
    std::int32_t steps = 0;
};

TaskCost window_round_cost(const ResolvedShot& shot,
                           const ModelCard& card,
                           const Segment& segment,
                           const WindowSteps& work,
                           const PlannedMachine& machine = {});
TaskCost decode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const PlannedMachine& machine = {});
// Of a part of its frames.
TaskCost decode_cost(const ResolvedShot& shot,
                     const ModelCard& card,
                     const FrameRange& frames,
                     const PlannedMachine& machine);

// Decodes a segment of so many latent frames in float32, of which so many frames are kept.
struct HandOver {
    std::int32_t latent_count = 0;
    std::int32_t frames = 1;
};

TaskCost hand_over_cost(const ResolvedShot& shot,
                        const ModelCard& card,
                        const HandOver& work,
                        const PlannedMachine& machine = {});
TaskCost ingest_cost(const ResolvedShot& shot, const ResolvedClip& clip);
TaskCost assemble_cost(const ResolvedShot& shot);
TaskCost measure_cost(const ResolvedShot& shot);
TaskCost retime_cost(const ResolvedShot& shot);  // of one whose frames are held or blended
TaskCost proxy_cost(const ResolvedShot& shot);
TaskCost publish_cost(const ResolvedShot& shot);
// `media_bytes`: movies and contact sheets of all takes.
TaskCost rank_cost(std::int64_t takes);
TaskCost dailies_cost(std::int64_t takes, std::int64_t media_bytes);

}  // namespace nightreel

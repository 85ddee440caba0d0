#pragma once
// The tasks of one take, from its samples to its publication. Pure, any thread.

#include <cstdint>
#include <optional>

#include "pipeline/plan/graph_builder.h"
#include "pipeline/plan/orders/model_reference.h"
#include "pipeline/plan/plan_night.h"
#include "pipeline/plan/segment_plan.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Everything that the tasks of one shot are made from; borrowed for the length of plan_night.
struct ShotContext {
    const ResolvedNight& night;
    const ResolvedShot& shot;
    const ModelCard& card;
    const PlanOptions& options;
    const SegmentPlan& segments;
    ModelReference model;
    std::int32_t version = 1;
};

// `round`: the rank task that says whether the take is made at all; nothing where it is in any
// case. Returns the measure task.
Placed add_take(GraphBuilder& graph,
                const ShotContext& context,
                std::int32_t take,
                const Placed& encode,
                const std::optional<Placed>& round);

}  // namespace nightreel

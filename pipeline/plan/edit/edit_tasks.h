#pragma once
// The tasks of an operation on clips: clips are ingested, what is missing is sampled and decoded as
// streams of its own, and the frames of both are put together. Pure; one thread.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/plan/estimate/planned_machine.h"
#include "pipeline/plan/graph_builder.h"
#include "pipeline/plan/segment_plan.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// Adds a task of the take: its last name ("sample01"), order, needs and cost.
using AddTask = std::function<Placed(
    std::string name, TaskOrder order, std::vector<std::uint32_t> needs, TaskCost cost)>;

struct EditedShot {
    const ResolvedShot& shot;
    const ModelCard& card;
    const ModelReference& model;
    const PlannedMachine& machine;
};

struct EditedTake {
    std::string show;
    std::int32_t take = 1;
    std::uint64_t noise_seed = 0;
};

struct EditTasks {
    Placed frames;                     // of the take
    std::vector<SegmentPiece> pieces;  // of its record
    std::vector<KeptRange> kept;
    std::vector<std::int64_t> joints;  // first frame numbers after each change of origin
};

// One ingest for each clip of the shot, and behind them the mixture of a blend. They are the same
// for all takes of the shot.
std::vector<Placed> add_clips(GraphBuilder& graph, const EditedShot& edited);

// Error{bad_input} where the model cannot make a part.
EditTasks add_edit_tasks(const EditedShot& edited,
                         const EditedTake& take,
                         const std::vector<Placed>& clips,
                         const Placed& encode,
                         const AddTask& add);

// What a segment of a remix starts from.
SegmentStart start_of(const ResolvedShot& shot,
                      const ModelCard& card,
                      const Segment& segment,
                      const Digest& clip);

// What the control channels of a segment show, from the frames that it begins with; of clips by the
// digests of their ingest tasks.
SegmentControl control_of(const ResolvedShot& shot,
                          const Segment& segment,
                          const std::vector<Digest>& clips);

// The same of the whole take.
SegmentControl control_of_take(const ResolvedShot& shot, const std::vector<Digest>& clips);

}  // namespace nightreel

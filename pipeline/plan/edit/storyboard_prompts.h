#pragma once
// Which text of a storyboard holds for which segment. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/plan/segment_plan.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// All texts of the shot, for its encode task.
std::vector<std::string> prompts_of(const ResolvedShot& shot);

// The same for its record, with " | " between them.
std::string whole_text(const ResolvedShot& shot);

// Which of the texts holds in the middle of the frames that the segment adds.
std::int32_t prompt_of(const ResolvedShot& shot, const ModelCard& card, const Segment& segment);

// The same for each window of a take that is sampled as a whole; nothing for other takes and texts.
std::optional<std::vector<std::int32_t>> window_prompts_of(const ResolvedShot& shot,
                                                           const ModelCard& card,
                                                           const SegmentPlan& plan);

// The same for a part of a take that is put together from parts.
std::int32_t prompt_of_part(const ResolvedShot& shot,
                            const std::vector<EditPart>& parts,
                            std::size_t part);

// Error{bad_input} when a text holds for no segment.
void refuse_unused_cards(const ResolvedShot& shot,
                         const ModelCard& card,
                         const SegmentPlan& segments);

}  // namespace nightreel

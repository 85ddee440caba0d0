#pragma once
// Names among the facts of a task's result that say what became of the rounds of a shot's takes.

namespace nightreel {

// True: the take was not needed, so that nothing was made (pipeline/tasks/rounds/not_needed.h).
inline constexpr const char* not_needed_fact = "not_needed";

// Of a rank task: the order of the takes (pipeline/takes/ranking/ranking.h), without the parts.
inline constexpr const char* ranking_fact = "ranking";

}  // namespace nightreel

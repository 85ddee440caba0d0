#pragma once
// What an attempt puts together outside of its staging folder is noted beside that folder before it
// is made. So whoever clears the staging folder away, after a crash too, finds the rest. Any
// thread; faults are Error{unavailable}.

#include <filesystem>
#include <string_view>
#include <vector>

#include "pipeline/plan/task_request.h"

namespace nightreel {

// Of a folder that waits beside its place: ".take01.<token>.partial".
inline constexpr std::string_view partial_suffix = ".partial";

// "<staging>.prepared"; and back: a staging folder and its note give the folder.
std::filesystem::path prepared_note_of(const std::filesystem::path& staging);
std::filesystem::path staging_noted_by(const std::filesystem::path& path);

// Durable when it returns.
void note_prepared(const std::filesystem::path& staging, const std::vector<TaskCommit>& commits);

// Removes what is noted and still at its first place, and the note. Removes hidden folders named
// ".NAME.partial" alone, whatever the note says.
void remove_prepared(const std::filesystem::path& staging);

}  // namespace nightreel

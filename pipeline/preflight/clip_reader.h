#pragma once
// Looks at clips that a night names: a published take by its publish.json, a movie by its header,
// EXR files by their names and the headers of the first and last one. Files are named by digests
// that are remembered, so that only new ones are read. One thread.

#include <filesystem>

#include "shotspec/base/clock.h"
#include "shotspec/night/clip_facts.h"

namespace nightreel {

inline constexpr std::int64_t clip_frames_max = 5'000;

// `memory`: where digests are remembered; empty: nowhere. The clock outlives the readers.
GivenFileReaders given_file_readers(const std::filesystem::path& memory, const Clock& clock);

}  // namespace nightreel

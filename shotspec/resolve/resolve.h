#pragma once
// Night -> ResolvedNight: defaults applied (built in, then `defaults:`, then the shot's own),
// characters written out, files found, everything legal for the model. Complaints join those of
// reading. Reads model cards and reference pictures; one thread.

#include <filesystem>
#include <vector>

#include "shotspec/night/clip_facts.h"
#include "shotspec/night/read_night.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

inline constexpr std::int64_t first_frame_default = 1001;

// To be used only while document.complaints is empty afterwards.
ResolvedNight resolve(NightDocument& document,
                      const std::vector<std::filesystem::path>& model_roots,
                      const std::vector<std::filesystem::path>& recipe_roots = {},
                      const GivenFileReaders& files = {});

}  // namespace nightreel

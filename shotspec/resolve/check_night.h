#pragma once
// The whole way from a file to a night that can be planned, in one call. Reads files; one thread.

#include <filesystem>
#include <optional>
#include <vector>

#include "shotspec/night/resolved_night.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/document.h"

namespace nightreel {

struct NightEnvironment {
    std::vector<std::filesystem::path> model_roots;  // see model_roots() in read_model_card.h
    VariableLookup variable;
};

struct CheckedNight {
    std::optional<ResolvedNight> night;  // exactly when no diagnostic is an error
    std::vector<Diagnostic> diagnostics;
};

CheckedNight check_night(const std::filesystem::path& path, const NightEnvironment& environment);

// The same of a text; `source.path` is what relative paths are relative to.
CheckedNight check_night(const DocumentSource& source,
                         const std::vector<std::filesystem::path>& model_roots);

}  // namespace nightreel

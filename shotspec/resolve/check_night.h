#pragma once
// The whole way from a file to a night that can be planned, in one call. Reads files; one thread.

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "shotspec/night/clip_facts.h"
#include "shotspec/night/read_night.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/document.h"

namespace nightreel {

// A further look at a night that was read and resolved, for what needs more than night files and
// cards. Complains to the document; may write down what it found in the night. A shot whose model
// is not known has no name of one.
using NightCheck = std::function<void(NightDocument& document, ResolvedNight& night)>;

struct NightEnvironment {
    std::vector<std::filesystem::path> model_roots;  // see model_roots() in read_model_card.h
    VariableLookup variable;
    std::vector<NightCheck> checks;                        // made in turn
    std::vector<std::filesystem::path> recipe_roots = {};  // folders with recipes
    GivenFileReaders files = {};
};

struct CheckedNight {
    std::optional<ResolvedNight> night;  // exactly when no diagnostic is an error
    std::vector<Diagnostic> diagnostics;
    bool is_register = false;  // of characters and styles, without shots
};

CheckedNight check_night(const std::filesystem::path& path, const NightEnvironment& environment);

// The same of a text; `source.path` is what relative paths are relative to.
CheckedNight check_night(const DocumentSource& source,
                         const std::vector<std::filesystem::path>& model_roots,
                         const std::vector<NightCheck>& checks = {},
                         const std::vector<std::filesystem::path>& recipe_roots = {},
                         const GivenFileReaders& files = {});

}  // namespace nightreel

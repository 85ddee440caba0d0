#include "shotspec/resolve/check_night.h"

#include <utility>

#include "shotspec/resolve/resolve.h"

namespace nightreel {

CheckedNight check_night(const std::filesystem::path& path, const NightEnvironment& environment) {
    return check_night(DocumentSource{path, {}, environment.variable},
                       environment.model_roots,
                       environment.checks,
                       environment.recipe_roots,
                       environment.files);
}

CheckedNight check_night(const DocumentSource& source,
                         const std::vector<std::filesystem::path>& model_roots,
                         const std::vector<NightCheck>& checks,
                         const std::vector<std::filesystem::path>& recipe_roots,
                         const GivenFileReaders& files) {
    NightDocument document = read_night(source);
    ResolvedNight night = resolve(document, model_roots, recipe_roots, files);
    for (const NightCheck& look : checks) look(document, night);
    CheckedNight checked;
    checked.is_register = document.is_register;
    checked.diagnostics = document.complaints.sorted();
    if (!document.complaints.has_errors()) checked.night = std::move(night);
    return checked;
}

}  // namespace nightreel

#include "cli/night/versions.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "pipeline/plan/spec_digest.h"
#include "shotspec/base/check.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/night/output_template.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    if (!fs::is_directory(folder)) return names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_directory() && !name.starts_with('.')) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

// The spec of any published take: all takes of one version share it.
std::string recorded_spec(const fs::path& version_folder) {
    for (const std::string& take : names_in(version_folder)) {
        const fs::path record = version_folder / take / "publish.json";
        if (!fs::exists(record)) continue;
        const Json json = parse_json(read_file(record), record.string());
        const Json facts = json.value("take", Json::object());
        return facts.is_object() ? facts.value("spec", std::string()) : std::string();
    }
    return {};
}

const ModelCard& card_of(const ResolvedNight& night, const ResolvedShot& shot) {
    const auto found = std::find_if(night.models.begin(),
                                    night.models.end(),
                                    [&](const ModelCard& card) { return card.name == shot.model; });
    NIGHTREEL_CHECK(found != night.models.end(), "a resolved shot's model is among the night's");
    return *found;
}

std::int32_t choose_version(const ResolvedNight& night,
                            const ResolvedShot& shot,
                            const fs::path& root) {
    const auto place = version_place(
        shot.output, {.show = night.show, .sequence = shot.sequence, .shot = shot.name});
    if (!place) return 1;
    const std::string spec = spec_digest(shot, card_of(night, shot)).hex();
    const std::vector<std::string> names = names_in(root / place->folder);
    for (const std::string& name : names) {
        if (!name.starts_with(place->before) || recorded_spec(root / place->folder / name) != spec)
            continue;
        const std::string digits = name.substr(place->before.size());
        return static_cast<std::int32_t>(std::stol(digits));
    }
    return next_version(*place, names);
}

}  // namespace

std::map<std::string, std::int32_t> choose_versions(const ResolvedNight& night,
                                                    const fs::path& output_root) {
    std::map<std::string, std::int32_t> versions;
    for (const ResolvedShot& shot : night.shots) {
        versions[shot.name] = choose_version(night, shot, output_root);
    }
    return versions;
}

}  // namespace nightreel::cli

#include "cli/night/versions.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "pipeline/plan/spec_digest.h"
#include "pipeline/takes/publish.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
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
        try {
            return read_publish_record(version_folder / take).take.spec.hex();
        } catch (const Error&) {
            continue;  // damaged; it is published again
        }
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

std::optional<VersionPlace> place_of(const ResolvedNight& night, const ResolvedShot& shot) {
    return version_place(shot.output,
                         {.show = night.show, .sequence = shot.sequence, .shot = shot.name});
}

wire::VersionWish wish_of(const VersionPlace& place, const Digest& spec, const fs::path& root) {
    wire::VersionWish wish{place.folder + "/" + place.before, spec, 0, 0};
    for (const std::string& name : names_in(root / place.folder)) {
        const auto version = version_in(name, place);
        if (!version) continue;
        const auto number = static_cast<std::uint32_t>(*version);
        wish.floor = std::max(wish.floor, number);
        const bool same = recorded_spec(root / place.folder / name) == spec.hex();
        if (same && wish.published == 0) wish.published = number;
    }
    return wish;
}

// Shots whose version is to be found, and what decides it.
struct Wishes {
    std::vector<std::string> shots;
    std::vector<wire::VersionWish> wishes;
};

Wishes wishes_of(const ResolvedNight& night, const fs::path& root) {
    Wishes all;
    for (const ResolvedShot& shot : night.shots) {
        const auto place = place_of(night, shot);
        if (!place) continue;
        all.shots.push_back(shot.name);
        all.wishes.push_back(wish_of(*place, spec_digest(shot, card_of(night, shot)), root));
    }
    return all;
}

ShotVersions first_versions(const ResolvedNight& night) {
    ShotVersions versions;
    for (const ResolvedShot& shot : night.shots) versions[shot.name] = 1;
    return versions;
}

constexpr std::size_t wishes_per_message = 1'000;

}  // namespace

ShotVersions choose_versions(const ResolvedNight& night, const fs::path& output_root) {
    ShotVersions versions = first_versions(night);
    const Wishes all = wishes_of(night, output_root);
    for (std::size_t i = 0; i < all.shots.size(); ++i) {
        const wire::VersionWish& wish = all.wishes[i];
        const std::uint32_t version = wish.published > 0 ? wish.published : wish.floor + 1;
        versions[all.shots[i]] = static_cast<std::int32_t>(version);
    }
    return versions;
}

ShotVersions ask_versions(wire::Client& client,
                          const ResolvedNight& night,
                          const fs::path& output_root) {
    ShotVersions versions = first_versions(night);
    const Wishes all = wishes_of(night, output_root);
    for (std::size_t first = 0; first < all.wishes.size(); first += wishes_per_message) {
        const std::size_t count = std::min(wishes_per_message, all.wishes.size() - first);
        const auto begin = all.wishes.begin() + static_cast<std::ptrdiff_t>(first);
        const wire::Prepared reply =
            client.prepare({{begin, begin + static_cast<std::ptrdiff_t>(count)}});
        if (reply.versions.size() != count) {
            throw Error(ErrorKind::internal, "the scheduler gave another number of versions");
        }
        for (std::size_t i = 0; i < count; ++i) {
            versions[all.shots[first + i]] = static_cast<std::int32_t>(reply.versions[i]);
        }
    }
    return versions;
}

}  // namespace nightreel::cli

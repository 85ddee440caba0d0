#include "worker/staging_owner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t former_max = 100;

// What tells a state folder from copies of it.
std::string place_of(const fs::path& state) {
    struct stat facts {};

    if (::stat(state.c_str(), &facts) != 0) return {};
    return fmt::format("{} {} {}", host_name(), facts.st_dev, facts.st_ino);
}

struct StagingNames {
    std::vector<std::string> names;  // the newest first
    std::string place;
};

template <class Visitor>
void describe(StagingNames& value, Visitor& field) {
    field("names", value.names, {.meaning = "Names of the staging folders.", .required = true});
    field("place", value.place, {.meaning = "Host, device and number of the state folder."});
}

// Nothing where there is no record that can be understood.
StagingNames read_names(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {};
    try {
        return from_json_value<StagingNames>(parse_json(read_file(file), file.string()));
    } catch (const Error&) {
        return {};
    }
}

bool is_plain(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

}  // namespace

StagingOwner::StagingOwner(const fs::path& state, const std::string& worker)
    : name_(fmt::format("{}-{}", worker, random_name())) {
    const fs::path file = state / "staging.json";
    StagingNames known = read_names(file);
    if (known.place == place_of(state)) {
        std::copy_if(known.names.begin(), known.names.end(), std::back_inserter(former_), is_plain);
    }
    if (former_.size() > former_max) former_.resize(former_max);
    known.names = former_;
    known.names.insert(known.names.begin(), name_);
    known.place = place_of(state);
    write_file_atomically(file, to_json_value(known).dump(1) + "\n");
}

void StagingOwner::sweep(ArtifactStore& store, const std::set<std::string>& kept) {
    store.sweep_staging(name_, kept);
    for (const std::string& name : former_) store.sweep_staging(name, kept);
    const fs::path place = store.root() / ".staging";
    std::error_code ignored;
    // Asked in this order: nothing is there while the disk of the store is away.
    std::erase_if(former_, [&](const std::string& name) {
        return !fs::exists(place / name, ignored) && fs::exists(place, ignored);
    });
    if (!has_swept_) store.sweep_abandoned();
    has_swept_ = true;
}

}  // namespace nightreel

#include "pipeline/takes/dailies_folder.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/takes/link_file.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::uintmax_t latest_bytes_max = 256;  // of a file in the place of a link

[[noreturn]] void fail(const std::filesystem::path& path, const std::error_code& fault) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", path.string(), fault.message()));
}

// Replaces `link` whole: a player that has the old file open keeps it.
void place_link(const std::filesystem::path& source, const std::filesystem::path& link) {
    std::error_code fault;
    if (!std::filesystem::is_regular_file(source)) {
        throw Error(ErrorKind::unavailable, source.string() + ": missing; publish its take again");
    }
    if (std::filesystem::equivalent(source, link, fault)) return;
    const std::filesystem::path aside =
        link.parent_path() / fmt::format(".{}.link", link.filename().string());
    std::filesystem::remove(aside, fault);
    std::filesystem::create_hard_link(source, aside, fault);
    if (fault) {
        std::filesystem::create_symlink(
            source.lexically_relative(link.parent_path()), aside, fault);
    }
    if (fault) fail(source, fault);
    std::filesystem::rename(aside, link, fault);
    if (fault) fail(link, fault);
}

// Names that the summary before this one listed; none when there is no readable one.
std::set<std::string> earlier_media(const std::filesystem::path& folder) {
    std::set<std::string> names;
    if (!std::filesystem::exists(folder / summary_file)) return names;
    const Json json = Json::parse(read_file(folder / summary_file), nullptr, false);
    if (!json.is_object() || !json.contains("takes")) return names;
    for (const Json& take : json["takes"]) {
        if (!take.is_object() || !take.contains("media")) continue;
        for (const Json& name : take["media"]) {
            // Only plain names: a damaged summary must not make us remove files elsewhere.
            const std::string text = name.is_string() ? name.get<std::string>() : std::string();
            if (!text.empty() && text.find('/') == std::string::npos && text != "..") {
                names.insert(text);
            }
        }
    }
    return names;
}

// Whether `folder` is free for the dailies of this submission: nothing, or earlier ones of it.
bool is_free_for(const std::filesystem::path& folder, const std::string& submission) {
    if (!std::filesystem::exists(folder / summary_file)) return true;
    const Json json = Json::parse(read_file(folder / summary_file), nullptr, false);
    return !json.is_object() || json.value("submission", std::string()) == submission;
}

bool is_our_latest(const std::filesystem::path& path) {
    std::error_code fault;
    const auto status = std::filesystem::symlink_status(path, fault);
    if (!std::filesystem::exists(status) || std::filesystem::is_symlink(status)) return true;
    return std::filesystem::is_regular_file(status) &&
           std::filesystem::file_size(path, fault) <= latest_bytes_max;
}

}  // namespace

std::filesystem::path dailies_folder(const std::filesystem::path& root, const Dailies& dailies) {
    const std::string name = fmt::format("{}_{}", dailies.submitted_at.substr(0, 10), dailies.job);
    std::filesystem::path folder = root / name;
    for (int number = 2; !is_free_for(folder, dailies.submission); ++number) {
        folder = root / fmt::format("{}.{}", name, number);
    }
    return folder;
}

void point_latest_at(const std::filesystem::path& folder) {
    const std::filesystem::path latest = folder.parent_path() / "latest";
    const std::string name = folder.filename().string();
    if (!is_our_latest(latest)) return;
    const std::filesystem::path aside = folder.parent_path() / ".latest.link";
    std::error_code fault;
    std::filesystem::remove(aside, fault);
    std::filesystem::create_symlink(name, aside, fault);
    if (fault) return write_file_atomically(latest, name + "\n");
    std::filesystem::rename(aside, latest, fault);
    if (fault) fail(latest, fault);
    sync_directory(folder.parent_path());
}

void write_dailies(const std::filesystem::path& folder, Dailies dailies) {
    NIGHTREEL_CHECK(folder.is_absolute(), "a dailies folder has an absolute place");
    create_folders(folder);
    std::set<std::string> stale = earlier_media(folder);
    std::sort(
        dailies.takes.begin(), dailies.takes.end(), [](const DailiesTake& a, const DailiesTake& b) {
            return std::tie(a.shot, a.version, a.take) < std::tie(b.shot, b.version, b.take);
        });
    std::map<std::string, std::filesystem::path> sources;
    for (DailiesTake& take : dailies.takes) {
        const std::filesystem::path from = take.folder;
        for (std::string& media : take.media) {
            const std::filesystem::path source = from / media;
            media = source.filename().string();
            if (!sources.emplace(media, source).second) {
                throw Error(ErrorKind::bad_input,
                            fmt::format("{}: two takes have a file with this name", media));
            }
            stale.erase(media);
        }
        take.folder = from.lexically_relative(folder).generic_string();
    }
    for (const auto& [name, source] : sources) place_link(source, folder / name);
    sync_directory(folder);
    write_file_atomically(folder / summary_file, to_json_value(dailies).dump(2) + "\n");
    for (const std::string& name : stale) {
        std::error_code ignored;
        std::filesystem::remove(folder / name, ignored);
    }
}

}  // namespace nightreel

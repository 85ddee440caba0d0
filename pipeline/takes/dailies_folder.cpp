#include "pipeline/takes/dailies_folder.h"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/plan/records/night_file_names.h"
#include "pipeline/takes/link_file.h"
#include "pipeline/takes/page/review_page.h"
#include "shotspec/base/check.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::uintmax_t latest_bytes_max = 256;  // of a file in the place of a link

[[noreturn]] void fail(const std::filesystem::path& path, const std::error_code& fault) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", path.string(), fault.message()));
}

// Two attempts may write at once.
std::filesystem::path place_aside_of(const std::filesystem::path& link) {
    return link.parent_path() / fmt::format(".{}.{}.link", link.filename().string(), random_name());
}

void rename_or_remove(const std::filesystem::path& aside, const std::filesystem::path& link) {
    std::error_code fault;
    std::filesystem::rename(aside, link, fault);
    if (!fault) return;
    std::error_code ignored;
    std::filesystem::remove(aside, ignored);
    fail(link, fault);
}

// Whether `target` is a file of its own with the bytes of `source`.
bool is_copy_of(const std::filesystem::path& source,
                const std::filesystem::path& target,
                const MediaPlacing& placing) {
    std::error_code fault;
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(target, fault))) {
        return false;
    }
    if (std::filesystem::equivalent(source, target, fault)) return placing.link == LinkPolicy::hard;
    return std::filesystem::file_size(target) == std::filesystem::file_size(source) &&
           digest_of_file(target, placing.pulse) == digest_of_file(source, placing.pulse);
}

// Replaces `target` whole: a player that has the old file open keeps it.
void place_media(const std::filesystem::path& source,
                 const std::filesystem::path& target,
                 const MediaPlacing& placing) {
    if (!std::filesystem::is_regular_file(source)) {
        throw Error(ErrorKind::unavailable, source.string() + ": missing; publish its take again");
    }
    if (is_copy_of(source, target, placing)) return;
    const std::filesystem::path aside = place_aside_of(target);
    try {
        place_file(source, aside, placing.link, placing.pulse);
    } catch (const Error&) {
        std::error_code ignored;
        std::filesystem::remove(aside, ignored);
        throw;
    }
    rename_or_remove(aside, target);
}

// The summary that lies there; null when there is none or it cannot be read.
Json earlier_summary(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / summary_file)) return {};
    Json json = Json::parse(read_file(folder / summary_file), nullptr, false);
    return json.is_object() ? json : Json();
}

// Plain names, and those of alternates: a damaged summary must not make us remove files elsewhere.
bool is_name_of_media(std::string_view name) {
    const std::string alternates = fmt::format("{}/", alternates_folder);
    if (name.starts_with(alternates)) name.remove_prefix(alternates.size());
    return !name.empty() && name.find('/') == std::string_view::npos && name != "..";
}

// Names of media that it lists.
std::set<std::string> media_of(const Json& summary) {
    std::set<std::string> names;
    if (!summary.contains("takes")) return names;
    for (const Json& take : summary["takes"]) {
        if (!take.is_object() || !take.contains("media")) continue;
        for (const Json& name : take["media"]) {
            const std::string text = name.is_string() ? name.get<std::string>() : std::string();
            if (is_name_of_media(text)) names.insert(text);
        }
    }
    return names;
}

// Whether `folder` is free for the dailies of this submission: nothing, or earlier ones of it.
bool is_free_for(const std::filesystem::path& folder, const std::string& submission) {
    const Json summary = earlier_summary(folder);
    return summary.is_null() || summary.value("submission", Json()) == submission;
}

// A later attempt at the same dailies has written them.
bool is_outdated(const Dailies& dailies, const Json& summary) {
    const Json attempt = summary.is_null() ? Json() : summary.value("attempt", Json());
    return attempt.is_number_unsigned() && attempt.get<std::uint64_t>() > dailies.attempt;
}

// Of attempts that were killed. One that is at work finds its own gone, fails and is tried again.
void remove_leftovers(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        std::error_code ignored;
        if (name.starts_with('.') && name.ends_with(".link")) {
            std::filesystem::remove(entry.path(), ignored);
        }
    }
}

// Turns the media of all takes, and their folders, into what they are called in `folder`: name to
// file.
std::map<std::string, std::filesystem::path> name_media(Dailies& dailies,
                                                        const std::filesystem::path& folder) {
    std::map<std::string, std::filesystem::path> sources;
    for (DailiesTake& take : dailies.takes) {
        const std::filesystem::path from = take.folder;
        for (std::string& media : take.media) {
            const std::filesystem::path source = from / media;
            media = source.filename().string();
            if (is_alternate(take)) media = fmt::format("{}/{}", alternates_folder, media);
            if (!sources.emplace(media, source).second) {
                throw Error(ErrorKind::bad_input,
                            fmt::format("{}: two takes have a file with this name", media));
            }
        }
        take.folder = from.lexically_relative(folder).generic_string();
    }
    return sources;
}

// Names relative to the dailies folder.
std::vector<std::string> write_night(const std::filesystem::path& folder,
                                     std::span<const NightFile> night) {
    std::vector<std::string> names = night_file_names(night);
    for (std::size_t i = 0; i < names.size(); ++i) {
        create_folders((folder / names[i]).parent_path());
        write_file_atomically(folder / names[i], std::string_view(night[i].text));
    }
    return names;
}

// How far the worst flag is beyond its limit; 0 without flags.
double badness(const DailiesTake& take) {
    return take.flags.empty() ? 0 : take.flags.front().value / take.flags.front().limit;
}

NightYield yield_of(const std::vector<DailiesTake>& takes, std::optional<double> device_seconds) {
    NightYield yield{.takes = std::ssize(takes), .device_seconds = device_seconds};
    for (const DailiesTake& take : takes) {
        if (!take.flags.empty()) continue;
        ++yield.usable;
        yield.usable_seconds +=
            static_cast<double>(take.frames * take.rate.denominator) / take.rate.numerator;
    }
    return with_ratios(yield);
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
    const std::string job =
        dailies.job > 0 ? fmt::format("{}", dailies.job) : dailies.submission.substr(0, 8);
    const std::string name = fmt::format("{}_{}", dailies.submitted_at.substr(0, 10), job);
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
    const std::filesystem::path aside = place_aside_of(latest);
    std::error_code fault;
    std::filesystem::create_symlink(name, aside, fault);
    if (fault) return write_file_atomically(latest, name + "\n");
    rename_or_remove(aside, latest);
    sync_directory(folder.parent_path());
}

bool write_dailies(const std::filesystem::path& folder,
                   Dailies dailies,
                   std::span<const NightFile> night,
                   const MediaPlacing& placing) {
    NIGHTREEL_CHECK(folder.is_absolute(), "a dailies folder has an absolute place");
    create_folders(folder);
    const Json earlier = earlier_summary(folder);
    if (is_outdated(dailies, earlier)) return false;
    remove_leftovers(folder);
    if (std::ranges::any_of(dailies.takes, is_alternate)) {
        create_folders(folder / alternates_folder);
        remove_leftovers(folder / alternates_folder);
    }
    dailies.yield = yield_of(dailies.takes, dailies.yield.device_seconds);
    std::set<std::string> stale = media_of(earlier);
    std::sort(
        dailies.takes.begin(), dailies.takes.end(), [](const DailiesTake& a, const DailiesTake& b) {
            if (is_alternate(a) != is_alternate(b)) return is_alternate(b);
            const double worse = badness(a) - badness(b);
            if (worse != 0) return worse > 0;
            return std::tie(a.shot, a.version, a.take) < std::tie(b.shot, b.version, b.take);
        });
    for (const auto& [name, source] : name_media(dailies, folder)) {
        stale.erase(name);
        place_media(source, folder / name, placing);
    }
    if (!night.empty()) dailies.night = write_night(folder, night);
    sync_directory(folder);
    write_review_page(folder, dailies);
    write_file_atomically(folder / summary_file, to_json_value(dailies).dump(2) + "\n");
    for (const std::string& name : stale) {
        std::error_code ignored;
        std::filesystem::remove(folder / name, ignored);
    }
    std::error_code not_empty;
    std::filesystem::remove(folder / alternates_folder, not_empty);
    return true;
}

}  // namespace nightreel

#include "pipeline/takes/publish.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "pipeline/takes/link_file.h"
#include "pipeline/takes/partial_folder.h"
#include "pipeline/takes/take_check.h"
#include "shotspec/base/check.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/replace_folder.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Names stay inside the folder and mean the same on every system.
bool is_safe_name(const std::string& name) {
    const std::filesystem::path path(name);
    if (name.empty() || path.is_absolute() || name.find('\\') != std::string::npos) return false;
    for (const auto& part : path) {
        if (part.empty() || part == "." || part == "..") return false;
    }
    return name.find('\n') == std::string::npos && name != publish_file && name != checksums_file;
}

std::vector<TakeFile> in_order(std::span<const TakeFile> files) {
    std::vector<TakeFile> sorted(files.begin(), files.end());
    std::sort(sorted.begin(), sorted.end(), [](const TakeFile& a, const TakeFile& b) {
        return a.name < b.name;
    });
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        NIGHTREEL_CHECK(is_safe_name(sorted[i].name), "a file's name stays inside the take");
        NIGHTREEL_CHECK(i == 0 || sorted[i - 1].name != sorted[i].name, "names are unique");
    }
    return sorted;
}

using FileNames = std::set<std::string>;

FileNames names_of(const PublishRecord& record) {
    FileNames names;
    for (const PublishedFile& file : record.files) names.insert(file.name);
    return names;
}

bool has_any(const std::vector<std::string>& found, const FileNames& names) {
    return std::any_of(
        found.begin(), found.end(), [&](const std::string& name) { return names.contains(name); });
}

enum class Occupant { nobody, this_take, damaged };

// What stands in the place of a take. A folder without a readable publish.json is a damaged copy
// of this take when it has a file of its names; anything else is somebody's, and stays.
Occupant occupant_of(const fs::path& folder,
                     const Digest& take,
                     const FileNames& names,
                     const Pulse& pulse) {
    std::error_code why;
    const bool exists = fs::exists(folder, why);
    if (why) throw file_error(folder, "cannot be used", why);
    if (!exists || fs::is_empty(folder, why)) return Occupant::nobody;
    const TakeCheck check = check_take(folder, pulse);
    if (check.record && check.record->take_digest == take) {
        return check.is_whole() ? Occupant::this_take : Occupant::damaged;
    }
    if (check.record) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: already contains another take ({}, this one is {}); published "
                                "takes never change: publish as a new version",
                                folder.string(),
                                check.record->take_digest.short_hex(),
                                take.short_hex()));
    }
    if (has_any(check.expected, names) || has_any(check.added, names)) return Occupant::damaged;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: a folder without a readable publish.json already exists there; "
                            "move it away",
                            folder.string()));
}

// A free name for what is damaged, beside its place.
fs::path place_aside(const fs::path& folder) {
    constexpr int tries_max = 10'000;
    for (int i = 1; i <= tries_max; ++i) {
        fs::path aside = folder.parent_path() /
                         fmt::format("{}{}.{}", damaged_prefix, folder.filename().string(), i);
        std::error_code ignored;
        if (!fs::exists(fs::symlink_status(aside, ignored))) return aside;
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: too many damaged copies beside it; examine and delete them",
                            folder.string()));
}

// False when there is nothing at `from` any more, or something at `to`.
bool renamed(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
    if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) return false;
    throw file_error(to, "cannot be published", last_file_error());
}

// The take is in its place. Where a commit was killed after the two were exchanged, what waits is
// the damaged one, which is kept; a whole one goes with the others that wait.
void keep_damaged(const fs::path& from, const fs::path& to, const Pulse& pulse) {
    try {
        if (!check_take(from, pulse).is_whole()) (void)renamed(from, place_aside(to));
    } catch (const Error&) {
        std::error_code ignored;
        if (fs::exists(from, ignored)) throw;  // else another commit has cleared it away meanwhile
    }
}

// Another commit may have mended the take since it was looked at: then its whole copy makes room.
bool replace_damaged(const fs::path& from, const fs::path& to, const Pulse& pulse) {
    const fs::path aside = place_aside(to);
    if (!replace_folder(from, to, aside)) return false;
    std::error_code ignored;
    if (check_take(aside, pulse).is_whole()) fs::remove_all(aside, ignored);
    return true;
}

// True when the prepared take is in its place, or one like it; false when somebody came between.
bool take_place(const fs::path& from, const fs::path& to, const Pulse& pulse) {
    std::optional<PublishRecord> record;
    try {
        record = read_publish_record(from);
    } catch (const Error&) {
        std::error_code ignored;
        if (!fs::exists(from, ignored)) return false;
        if (!check_take(to, pulse).is_whole()) throw;
    }
    const Occupant occupant = record
                                  ? occupant_of(to, record->take_digest, names_of(*record), pulse)
                                  : Occupant::this_take;
    if (occupant == Occupant::nobody) return renamed(from, to);
    if (occupant == Occupant::damaged) return replace_damaged(from, to, pulse);
    keep_damaged(from, to, pulse);
    return true;
}

// Whether this very take is there, and whole.
bool is_there(const fs::path& folder,
              const Digest& take,
              const std::vector<TakeFile>& files,
              const Pulse& pulse) {
    FileNames names;
    for (const TakeFile& file : files) names.insert(file.name);
    return occupant_of(folder, take, names, pulse) == Occupant::this_take;
}

void gather(const std::vector<TakeFile>& files,
            const fs::path& folder,
            LinkPolicy link,
            PublishRecord& record,
            const Pulse& pulse) {
    std::set<fs::path> folders;
    const auto count = static_cast<double>(files.size());
    for (const TakeFile& file : files) {
        const Pulse within = [&, done = static_cast<double>(record.files.size())](double) {
            beat(pulse, done / count);
        };
        within(0);
        const fs::path target = folder / file.name;
        // One by one: a folder that was cleared away must not come back with half of its files.
        fs::path inner = folder;
        for (const fs::path& part : fs::path(file.name).parent_path()) {
            inner /= part;
            if (folders.insert(inner).second) fs::create_directory(inner);
        }
        if (file.write) {
            file.write(target);
        } else {
            place_file(file.source, target, link, within);
        }
        if (digest_of_file(target, within) != file.digest) {
            throw Error(
                ErrorKind::corrupt,
                fmt::format("{}: contents differ from the task's result ({}); render it again",
                            file.source.string(),
                            file.digest.short_hex()));
        }
        record.files.push_back({file.name, std::filesystem::file_size(target), file.digest});
    }
    for (const fs::path& inner : folders) sync_directory(inner);
    sync_directory(folder);
}

std::string checksums_of(const std::vector<TakeFile>& files) {
    std::string text;  // as coreutils' sha256sum writes it
    for (const TakeFile& file : files)
        text += fmt::format("{}  {}\n", file.digest.hex(), file.name);
    return text;
}

}  // namespace

std::optional<TaskCommit> prepare_take(const fs::path& folder,
                                       std::span<const TakeFile> files,
                                       PublishRecord record,
                                       std::string_view token,
                                       LinkPolicy link,
                                       const Pulse& pulse) {
    NIGHTREEL_CHECK(folder.has_filename() && folder.is_absolute(), "a take has an absolute place");
    const std::vector<TakeFile> sorted = in_order(files);
    record.take_digest = take_digest_of(sorted);
    create_folders(folder.parent_path());
    if (is_there(folder, record.take_digest, sorted, pulse)) return {};

    PartialFolder partial(folder, token);
    record.files.clear();
    try {
        gather(sorted, partial.path(), link, record, pulse);
        const std::string checksums = checksums_of(sorted);
        record.checksums = digest_of(checksums);
        write_file_atomically(partial.path() / checksums_file, checksums);
        write_file_atomically(partial.path() / publish_file, to_json_value(record).dump(2) + "\n");
    } catch (const std::exception& error) {
        // An attempt that was accepted has cleared this one away.
        std::error_code ignored;
        const bool too_late = !fs::exists(partial.path(), ignored);
        if (too_late && is_there(folder, record.take_digest, sorted, pulse)) return {};
        const auto* fault = dynamic_cast<const fs::filesystem_error*>(&error);
        if (fault == nullptr) throw;
        throw file_error(*fault);
    }
    partial.keep();
    return TaskCommit{partial.path().string(), folder.string()};
}

void commit_take(const TaskCommit& commit, const Pulse& pulse) {
    constexpr int tries_max = 10;  // others may publish the same take, or a person move folders
    const fs::path from(commit.from);
    const fs::path to(commit.to);
    for (int i = 0; i < tries_max; ++i) {
        std::error_code why;
        if (!fs::exists(from, why)) {
            if (!why && check_take(to, pulse).is_whole())
                return;  // done before, or by somebody else
            throw Error(why ? ErrorKind::unavailable : ErrorKind::internal,
                        from.string() + ": the prepared take disappeared before it was published");
        }
        if (!take_place(from, to, pulse)) continue;
        sync_directory(to.parent_path());
        return sweep_partials(to);
    }
    throw Error(ErrorKind::unavailable,
                to.string() + ": cannot be published: somebody else changes this folder");
}

Digest take_digest_of(std::span<const TakeFile> files) {
    Hasher hasher;
    for (const TakeFile& file : in_order(files)) {
        if (file.name.starts_with(reports_folder)) continue;
        hasher.field(file.name).field(file.digest.hex());
    }
    return hasher.finish();
}

PublishRecord read_publish_record(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / publish_file;
    const std::string text = read_file(path);
    try {
        auto record = from_json_value<PublishRecord>(parse_json(text, path.string()));
        if (record.format == PublishRecord().format) return record;
        throw Error(ErrorKind::corrupt,
                    fmt::format("format {}, expected {}", record.format, PublishRecord().format));
    } catch (const Error& error) {
        throw Error(ErrorKind::corrupt, fmt::format("{}: {}", path.string(), error.what()));
    }
}

FrameRange cut_of(FrameRange frames, std::int32_t handles) {
    const FrameRange cut{frames.first + handles, frames.last - handles};
    NIGHTREEL_CHECK(cut.count() > 0, "frames remain between the handles");
    return cut;
}

}  // namespace nightreel

#include "pipeline/takes/publish.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "pipeline/takes/link_file.h"
#include "pipeline/takes/partial_folder.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

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

// True when this very take is there; nobody's other take may stand in the place.
bool is_published(const std::filesystem::path& folder, const Digest& take) {
    std::error_code why;
    const bool exists = std::filesystem::exists(folder, why);
    if (why) throw file_error(folder, "cannot be used", why);
    if (!exists) return false;
    const Digest there = in_context("a folder without a readable publish.json already exists there",
                                    [&] { return read_publish_record(folder).take_digest; });
    if (there == take) return true;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: already contains another take ({}, this one is {}); published "
                            "takes never change: publish as a new version",
                            folder.string(),
                            there.short_hex(),
                            take.short_hex()));
}

void gather(const std::vector<TakeFile>& files,
            const std::filesystem::path& folder,
            PublishRecord& record) {
    std::set<std::filesystem::path> folders;
    for (const TakeFile& file : files) {
        const std::filesystem::path target = folder / file.name;
        if (folders.insert(target.parent_path()).second) {
            std::filesystem::create_directories(target.parent_path());
        }
        link_or_copy(file.source, target);
        if (digest_of_file(target) != file.digest) {
            throw Error(
                ErrorKind::corrupt,
                fmt::format("{}: contents differ from the task's result ({}); render it again",
                            file.source.string(),
                            file.digest.short_hex()));
        }
        record.files.push_back({file.name, std::filesystem::file_size(target), file.digest});
    }
    for (const std::filesystem::path& inner : folders) sync_directory(inner);
}

std::string checksums_of(const std::vector<TakeFile>& files) {
    std::string text;  // as coreutils' sha256sum writes it
    for (const TakeFile& file : files)
        text += fmt::format("{}  {}\n", file.digest.hex(), file.name);
    return text;
}

}  // namespace

PublishOutcome publish_take(const std::filesystem::path& folder,
                            std::span<const TakeFile> files,
                            PublishRecord record,
                            std::string_view token) {
    NIGHTREEL_CHECK(folder.has_filename() && folder.is_absolute(), "a take has an absolute place");
    const std::vector<TakeFile> sorted = in_order(files);
    record.take_digest = take_digest_of(sorted);
    create_folders(folder.parent_path());
    sweep_partials(folder);
    if (is_published(folder, record.take_digest)) return PublishOutcome::already_there;

    PartialFolder partial(folder, token);
    record.files.clear();
    try {
        gather(sorted, partial.path(), record);
    } catch (const std::filesystem::filesystem_error& error) {
        throw file_error(error);
    }
    const std::string checksums = checksums_of(sorted);
    record.checksums = digest_of(checksums);
    write_file_atomically(partial.path() / checksums_file, checksums);
    write_file_atomically(partial.path() / publish_file, to_json_value(record).dump(2) + "\n");
    if (partial.move_to_place()) return PublishOutcome::published;
    NIGHTREEL_CHECK(is_published(folder, record.take_digest), "another attempt was faster");
    return PublishOutcome::already_there;
}

Digest take_digest_of(std::span<const TakeFile> files) {
    Hasher hasher;
    for (const TakeFile& file : in_order(files)) hasher.field(file.name).field(file.digest.hex());
    return hasher.finish();
}

PublishRecord read_publish_record(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / publish_file;
    const std::string text = read_file(path);
    try {
        return from_json_value<PublishRecord>(parse_json(text, path.string()));
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

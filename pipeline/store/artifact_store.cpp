#include "pipeline/store/artifact_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/plan/prepared_note.h"
#include "pipeline/store/disk_time.h"
#include "shotspec/base/check.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/disk/replace_folder.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_name = "artifact.json";
constexpr int publish_tries_max = 3;  // others may publish or set aside the same result meanwhile
constexpr int evidence_names_max = 1'000;

[[noreturn]] void fail(const fs::path& path, const std::string& what, const std::error_code& why) {
    throw local_file_error(path, what, why);
}

void remove_folder(const fs::path& path) {
    std::error_code why;
    fs::remove_all(path, why);
    if (why) fail(path, "cannot be removed", why);
}

// So that the sync of many files is one wait for the disk, and not one for each.
void start_writing(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file) (void)::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

std::vector<fs::path> children_of(const fs::path& folder) {
    std::vector<fs::path> children;
    std::error_code why;
    for (fs::directory_iterator it(folder, why), end; !why && it != end; it.increment(why)) {
        children.push_back(it->path());
    }
    return children;  // a folder that is not there has none
}

// Every file below `folder` by relative name, sorted; and the folders, deepest last.
struct Contents {
    std::vector<std::string> files;
    std::vector<fs::path> folders;
};

Contents contents_of(const fs::path& folder) {
    Contents contents;
    contents.folders.push_back(folder);
    std::error_code why;
    fs::recursive_directory_iterator it(folder, why);
    if (why) fail(folder, "cannot be listed", why);
    for (const fs::recursive_directory_iterator end; it != end; it.increment(why)) {
        if (why) fail(folder, "cannot be listed", why);
        const fs::file_status status = it->symlink_status(why);
        if (why) fail(it->path(), "cannot be examined", why);
        if (fs::is_directory(status)) {
            contents.folders.push_back(it->path());
        } else if (fs::is_regular_file(status)) {
            contents.files.push_back(it->path().lexically_relative(folder).generic_string());
        } else {
            throw Error(ErrorKind::corrupt, it->path().string() + ": is neither file nor folder");
        }
        if (contents.files.size() > ArtifactStore::files_max) {
            throw Error(
                ErrorKind::corrupt,
                fmt::format(
                    "{}: has more than {} files", folder.string(), ArtifactStore::files_max));
        }
    }
    std::sort(contents.files.begin(), contents.files.end());
    return contents;
}

Digest digest_of_record(const Artifact& artifact) {
    return digest_of(canonical_text(artifact));
}

Artifact read_record(const fs::path& folder) {
    const fs::path path = folder / record_name;
    auto artifact = from_json_value<Artifact>(parse_json(read_file(path), path.string()));
    if (artifact.format != 1 || artifact.self != digest_of_record(artifact)) {
        throw Error(ErrorKind::corrupt, path.string() + ": the record has changed");
    }
    return artifact;
}

// Size, time and place of every file: what must stay the same for a verification to stay valid.
Digest appearance_of(const fs::path& folder, const Artifact& artifact) {
    std::string text;
    for (const ArtifactFile& file : artifact.files) {
        struct stat facts {};

        const fs::path path = folder / file.name;
        if (::stat(path.c_str(), &facts) != 0) {
            throw Error(ErrorKind::corrupt, path.string() + ": is missing");
        }
        if (static_cast<std::uint64_t>(facts.st_size) != file.bytes) {
            throw Error(
                ErrorKind::corrupt,
                fmt::format(
                    "{}: has {} bytes, expected {}", path.string(), facts.st_size, file.bytes));
        }
        text += fmt::format("{} {} {}.{}\n",
                            facts.st_ino,
                            facts.st_dev,
                            facts.st_mtim.tv_sec,
                            facts.st_mtim.tv_nsec);
    }
    return digest_of(text);
}

// True when `staging` took the place; false when something is there.
bool renamed_to(const fs::path& staging, const fs::path& place) {
    if (::rename(staging.c_str(), place.c_str()) == 0) return true;
    if (errno == EEXIST || errno == ENOTEMPTY) return false;
    fail(place, "cannot be published", last_file_error());
}

}  // namespace

ArtifactStore::ArtifactStore(fs::path root, Pulse pulse)
    : root_(std::move(root)), pulse_(std::move(pulse)) {}

// One by one below the root, which stays away if it is.
void ArtifactStore::make_folders(const fs::path& path) const {
    fs::path folder = root_;
    for (const fs::path& part : path.lexically_relative(root_)) {
        folder /= part;
        std::error_code why;
        fs::create_directory(folder, why);
        if (why) fail(folder, "cannot be made", why);
    }
}

void ArtifactStore::verify_bytes(const fs::path& folder, const Artifact& artifact) const {
    for (const ArtifactFile& file : artifact.files) {
        const fs::path path = folder / file.name;
        if (digest_of_file(path, pulse_) != file.sha256) {
            throw Error(ErrorKind::corrupt, path.string() + ": the contents have changed");
        }
    }
}

fs::path ArtifactStore::staging_of(const std::string& owner, const std::string& attempt) const {
    return root_ / ".staging" / owner / attempt;
}

fs::path ArtifactStore::resume_of(const Digest& digest) const {
    return staging_of(".resume", digest.hex());
}

fs::path ArtifactStore::make_staging(const std::string& owner, const std::string& attempt) {
    fs::path staging = staging_of(owner, attempt);
    remove_folder(staging);
    make_folders(staging);
    return staging;
}

std::vector<TaskRecord> records_of(const Artifact& artifact) {
    std::vector<TaskRecord> records = artifact.made_from.value_or(std::vector<TaskRecord>());
    records.push_back({.kind = std::string(word_of(artifact.kind)),
                       .digest = artifact.digest,
                       .task = artifact.task,
                       .device_class = artifact.result.device_class,
                       .precision = artifact.result.precision,
                       .seconds = artifact.result.seconds,
                       .memory_bytes = artifact.result.memory_bytes,
                       .made_by = artifact.result.made_by});
    return records;
}

Artifact ArtifactStore::seal(const fs::path& staging,
                             const Digest& digest,
                             TaskKind kind,
                             const std::string& task,
                             const TaskResult& result,
                             std::vector<TaskRecord> made_from) {
    Artifact artifact{1, digest, kind, task, {}, result, std::move(made_from), {}};
    const Contents contents = contents_of(staging);
    for (const std::string& name : contents.files) {
        if (name == record_name) continue;  // sealed before, by somebody who then died
        const fs::path path = staging / name;
        std::error_code why;
        const std::uint64_t bytes = fs::file_size(path, why);
        if (why) fail(path, "cannot be examined", why);
        artifact.files.push_back({name, bytes, digest_of_file(path, pulse_)});
        start_writing(path);
    }
    for (const ArtifactFile& file : artifact.files) sync_file(staging / file.name);
    for (const fs::path& folder : contents.folders) sync_directory(folder);
    artifact.self = digest_of_record(artifact);
    write_file_atomically(staging / record_name, to_json_value(artifact).dump(1) + "\n");
    // The folder's own name, and its owner's.
    sync_directory(staging.parent_path());
    sync_directory(staging.parent_path().parent_path());
    return artifact;
}

bool ArtifactStore::is_there_whole(const Digest& digest) {
    try {
        return find(digest).has_value();
    } catch (const Error& error) {
        // A damaged result has just been set aside: its place is free now.
        if (error.kind() == ErrorKind::corrupt) return false;
        throw;
    }
}

void ArtifactStore::publish(const Digest& digest, const fs::path& staging, Existing existing) {
    const Artifact artifact = read_record(staging);
    NIGHTREEL_CHECK(artifact.digest == digest, "a staging folder is published under its own name");
    appearance_of(staging, artifact);  // every file there, and of its size
    const fs::path place = folder_of(digest);
    std::error_code ignored;
    const bool has_shelf = fs::exists(place.parent_path(), ignored);
    make_folders(place.parent_path());
    if (!has_shelf) sync_directory(root_);
    const fs::path replaced = replaced_of(digest);
    for (int i = 0; i < publish_tries_max; ++i) {
        if (!renamed_to(staging, place)) {
            if (!is_there_whole(digest)) continue;
            discard(replaced);  // left by somebody who then died: the place has a whole one
            const bool replace = existing == Existing::replace;
            if (replace) make_folders(replaced.parent_path());
            if (replace && !replace_folder(staging, place, replaced)) continue;
            verified_.erase(digest);
        }
        sync_directory(place.parent_path());
        discard(replaced);
        fs::remove_all(resume_of(digest), ignored);
        return remove_folder(staging);
    }
    throw Error(
        ErrorKind::unavailable,
        place.string() + ": cannot be published: it is damaged again and again; check the disk");
}

std::optional<Artifact> ArtifactStore::find(const Digest& digest) {
    const fs::path folder = folder_of(digest);
    std::error_code why;
    if (!fs::exists(folder, why)) {
        if (why) fail(folder, "cannot be examined", why);
        if (!put_back(digest)) return {};
    }
    try {
        Artifact artifact = read_record(folder);
        if (artifact.digest != digest) {
            throw Error(ErrorKind::corrupt, folder.string() + ": belongs to another task");
        }
        const Digest appearance = appearance_of(folder, artifact);
        const auto known = verified_.find(digest);
        if (known == verified_.end() || known->second != appearance) {
            verify_bytes(folder, artifact);
            if (verified_.size() >= verified_max) verified_.clear();
            verified_[digest] = appearance;
        }
        return artifact;
    } catch (const Error& error) {
        const bool no_record = !fs::exists(folder / record_name, why) && !why;
        const bool damaged =
            error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::bad_input || no_record;
        if (!damaged) throw;  // a disk that does not answer is no proof of damage
        quarantine(digest, error.what());
        throw Error(ErrorKind::corrupt, error.what());
    }
}

void ArtifactStore::quarantine(const Digest& digest, const std::string& why) {
    verified_.erase(digest);
    const fs::path folder = folder_of(digest);
    make_folders(root_ / ".damaged");
    for (int i = 0; i < evidence_names_max; ++i) {
        const fs::path place = root_ / ".damaged" / fmt::format("{}.{}", digest.hex(), i);
        if (::rename(folder.c_str(), place.c_str()) == 0) {
            return write_file_atomically(place.string() + ".why.txt", why + "\n");
        }
        if (errno == ENOENT) return;  // somebody else was faster
        if (errno != EEXIST && errno != ENOTEMPTY) {
            fail(folder, "is damaged and cannot be moved away", last_file_error());
        }
    }
    fail(root_ / ".damaged", "contains too many damaged results; examine and delete them", {});
}

fs::path ArtifactStore::folder_of(const Digest& digest) const {
    const std::string name = digest.hex();
    return root_ / name.substr(0, 2) / name;
}

fs::path ArtifactStore::replaced_of(const Digest& digest) const {
    return root_ / ".replaced" / digest.hex();
}

// Whoever was replacing a result was killed when its place was empty: the old one is as good.
bool ArtifactStore::put_back(const Digest& digest) {
    const fs::path place = folder_of(digest);
    if (::rename(replaced_of(digest).c_str(), place.c_str()) == 0) return true;
    if (errno == EEXIST || errno == ENOTEMPTY) return true;  // the new one has just come
    if (errno == ENOENT) return false;
    fail(place, "cannot be put back", last_file_error());
}

// Renamed first, so that nobody takes a folder that is half removed for a whole one.
void ArtifactStore::discard(const fs::path& folder) {
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) return;
    const fs::path bin = root_ / ".staging" / ".discarded";
    const fs::path gone = bin / random_name();
    make_folders(bin);
    if (::rename(folder.c_str(), gone.c_str()) == 0) return remove_folder(gone);
    if (errno != ENOENT) fail(folder, "cannot be moved away", last_file_error());
}

void ArtifactStore::remove(const Digest& digest) {
    verified_.erase(digest);
    discard(folder_of(digest));
}

void ArtifactStore::remove_staging(const fs::path& staging) {
    remove_prepared(staging);
    remove_folder(staging);
}

void ArtifactStore::sweep_staging(const std::string& owner, const std::set<std::string>& keep) {
    const fs::path folder = root_ / ".staging" / owner;
    for (const fs::path& child : children_of(folder)) {
        const fs::path staging = staging_noted_by(child);
        if (!keep.contains(staging.filename().string())) remove_staging(staging);
    }
    (void)::rmdir(folder.c_str());  // stays where anything is kept
}

void ArtifactStore::sweep_abandoned() {
    const Millis now = disk_time(root_);
    const auto is_old = [&](const fs::path& path) {
        return now - changed_at(path, now) > staging_kept;
    };
    for (const fs::path& owner : children_of(root_ / ".staging")) {
        for (const fs::path& child : children_of(owner)) {
            if (is_old(child)) remove_staging(staging_noted_by(child));
        }
        if (is_old(owner)) (void)::rmdir(owner.c_str());  // if empty
    }
    for (const fs::path& replaced : children_of(root_ / ".replaced")) {
        const Digest digest = Digest::from_hex(replaced.filename().string());
        if (put_back(digest)) discard(replaced);
    }
}

}  // namespace nightreel

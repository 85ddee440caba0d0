#include "pipeline/checkpoint/format/file_digests.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// File times have a limited resolution: a file that changed this recently may change again without
// a new stamp, so its digest is not cached yet.
constexpr Millis settled{2'000};

constexpr std::size_t files_max = 10'000;

FileStamp stamp_of(const fs::path& file) {
    struct stat facts = {};
    if (::stat(file.c_str(), &facts) != 0) {
        throw local_file_error(file, "cannot be read", last_file_error());
    }
    const auto nanoseconds = [](const timespec& time) {
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    return {facts.st_dev,
            facts.st_ino,
            facts.st_size,
            nanoseconds(facts.st_mtim),
            nanoseconds(facts.st_ctim)};
}

bool has_settled(const FileStamp& stamp, const Clock& clock) {
    const std::chrono::nanoseconds changed(std::max(stamp.modified_ns, stamp.changed_ns));
    return clock.wall() - std::chrono::duration_cast<Millis>(changed) >= settled;
}

// An unreadable cache only means that the files are hashed again.
std::map<std::string, KnownFile> remembered(const fs::path& memory) {
    try {
        return from_json_value<std::map<std::string, KnownFile>>(
            parse_json(read_file(memory), memory.string()));
    } catch (const Error&) {
        return {};
    }
}

void remember(const fs::path& memory, const std::map<std::string, KnownFile>& known) {
    try {
        write_file_atomically(memory, to_json_value(known).dump(1) + "\n");
    } catch (const Error&) {
        // For example a full disk: the next process hashes the files again.
    }
}

}  // namespace

FileDigests::FileDigests(fs::path memory, const Clock& clock)
    : memory_(std::move(memory)), clock_(clock) {
    if (!memory_.empty()) known_ = remembered(memory_);
}

Digest FileDigests::of(const fs::path& file, const Pulse& pulse) {
    return of_all({file}, pulse).front();
}

std::vector<Digest> FileDigests::of_all(const std::vector<fs::path>& files, const Pulse& pulse) {
    std::vector<Digest> digests;
    for (const fs::path& file : files) digests.push_back(look_at(file, pulse));
    if (has_news_ && !memory_.empty()) remember(memory_, known_);
    has_news_ = false;
    return digests;
}

Digest FileDigests::look_at(const fs::path& file, const Pulse& pulse) {
    const std::string name = fs::absolute(file).lexically_normal().string();
    const FileStamp before = stamp_of(file);
    const auto known = known_.find(name);
    if (known != known_.end() && known->second.stamp == before) return known->second.digest;
    const bool is_settled = has_settled(before, clock_);
    const Digest digest = digest_of_file(file, pulse);
    if (!is_settled || stamp_of(file) != before) return digest;
    if (known_.size() >= files_max) known_.clear();
    known_[name] = {before, digest};
    has_news_ = true;
    return digest;
}

}  // namespace nightreel

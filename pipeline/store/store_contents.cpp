#include "pipeline/store/store_contents.h"

#include <algorithm>
#include <optional>

#include "pipeline/store/artifact_store.h"
#include "pipeline/store/disk_time.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_file = "artifact.json";

std::uint64_t bytes_below(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code why;
    fs::recursive_directory_iterator it(folder, why);
    for (const fs::recursive_directory_iterator end; !why && it != end; it.increment(why)) {
        std::error_code gone;
        if (!it->is_regular_file(gone)) continue;
        const std::uint64_t size = it->file_size(gone);
        if (!gone) bytes += size;
    }
    return bytes;
}

std::optional<Artifact> record_at(const fs::path& path) {
    try {
        return from_json_value<Artifact>(parse_json(read_file(path), path.string()));
    } catch (const Error&) {
        return {};
    }
}

std::optional<StoredResult> read_result(const fs::path& folder, Millis now) {
    const fs::path path = folder / record_file;
    const auto artifact = record_at(path);
    if (!artifact) return {};
    StoredResult result{.digest = artifact->digest,
                        .kind = artifact->kind,
                        .task = artifact->task,
                        .age = now - changed_at(path, now)};
    for (const ArtifactFile& file : artifact->files) result.bytes += file.bytes;
    return result;
}

}  // namespace

std::optional<Artifact> recorded_result(const fs::path& root, const Digest& digest) {
    const fs::path path = ArtifactStore(root).folder_of(digest) / record_file;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return {};
    auto artifact = record_at(path);
    if (artifact && artifact->digest != digest) return {};
    return artifact;
}

StoreContents contents_of_store(const fs::path& root) {
    StoreContents contents{.staging_bytes = bytes_below(root / ".staging"),
                           .damaged_bytes = bytes_below(root / ".damaged")};
    const Millis now = disk_time(root);
    for (const fs::directory_entry& shelf : fs::directory_iterator(root)) {
        if (!shelf.is_directory() || shelf.path().filename().string().starts_with('.')) continue;
        std::error_code why;
        fs::directory_iterator it(shelf.path(), why);
        for (const fs::directory_iterator end; !why && it != end; it.increment(why)) {
            auto result = read_result(it->path(), now);
            if (result && result->digest.hex() == it->path().filename().string()) {
                contents.results.push_back(std::move(*result));
            }
        }
    }
    std::sort(contents.results.begin(),
              contents.results.end(),
              [](const StoredResult& a, const StoredResult& b) { return a.digest < b.digest; });
    return contents;
}

std::vector<StoredResult> prunable(const StoreContents& contents,
                                   const std::set<Digest>& kept,
                                   const std::set<Digest>& in_work,
                                   Millis older_than) {
    std::vector<StoredResult> results;
    for (const StoredResult& result : contents.results) {
        if (kept.contains(result.digest) || in_work.contains(result.digest)) continue;
        if (result.age >= older_than) results.push_back(result);
    }
    return results;
}

}  // namespace nightreel

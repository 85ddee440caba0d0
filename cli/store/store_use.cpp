#include "cli/store/store_use.h"

#include <map>

#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "pipeline/takes/take_results.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

bool is_whole_by_size(const fs::path& folder, const PublishRecord& record) {
    for (const PublishedFile& file : record.files) {
        std::error_code why;
        if (fs::file_size(folder / file.name, why) != file.bytes || why) return false;
    }
    return true;
}

std::optional<PublishRecord> readable_record(const fs::path& folder) {
    try {
        return read_publish_record(folder);
    } catch (const Error&) {
        return {};
    }
}

}  // namespace

std::vector<KeptTake> kept_takes(const fs::path& output) {
    std::vector<KeptTake> takes;
    for (const fs::path& folder : takes_below(output)) {
        const auto record = readable_record(folder);
        if (!record) continue;
        takes.push_back({.use = {.folder = folder.lexically_relative(output).generic_string(),
                                 .show = record->take.show,
                                 .shot = record->take.shot,
                                 .version = record->take.version,
                                 .take = record->take.take},
                         .results = results_of(*record),
                         .frames = record->frames_artifact,
                         .whole_by_size = is_whole_by_size(folder, *record)});
    }
    return takes;
}

std::set<Digest> results_kept(const std::vector<KeptTake>& takes,
                              const StoreContents& contents,
                              const fs::path& store) {
    std::set<Digest> kept;
    std::set<Digest> frames;
    for (const KeptTake& take : takes) {
        kept.insert(take.results.begin(), take.results.end());
        frames.insert(take.frames);
    }
    for (const StoredResult& result : contents.results) {
        if (result.kind != TaskKind::publish) continue;
        const std::string name = result.digest.hex();
        const auto record = readable_record(store / name.substr(0, 2) / name);
        if (record && frames.contains(record->frames_artifact)) kept.insert(result.digest);
    }
    return kept;
}

StoreUse use_of(const StoreContents& contents,
                const std::vector<KeptTake>& takes,
                const std::set<Digest>& kept) {
    StoreUse use{.staging_bytes = static_cast<std::int64_t>(contents.staging_bytes),
                 .damaged_bytes = static_cast<std::int64_t>(contents.damaged_bytes)};
    std::map<TaskKind, KindUse> kinds;
    std::map<Digest, std::int64_t> bytes;
    for (const StoredResult& result : contents.results) {
        const auto size = static_cast<std::int64_t>(result.bytes);
        KindUse& kind = kinds[result.kind];
        kind.kind = std::string(word_of(result.kind));
        kind.results += 1;
        kind.bytes += size;
        (kept.contains(result.digest) ? kind.bytes_of_takes : use.bytes_of_no_take) += size;
        bytes[result.digest] = size;
    }
    for (auto& [key, kind] : kinds) use.kinds.push_back(kind);
    for (const KeptTake& take : takes) {
        TakeUse& row = use.takes.emplace_back(take.use);
        for (const Digest& digest : take.results) {
            const auto found = bytes.find(digest);
            if (found != bytes.end()) row.bytes += found->second;
        }
    }
    return use;
}

}  // namespace nightreel::cli

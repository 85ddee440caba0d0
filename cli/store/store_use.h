#pragma once
// Whose the results of a store are: kinds, and takes that are published below an output folder.
// Pure but for reading records; any thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pipeline/store/store_contents.h"
#include "shotspec/describe/fields.h"

namespace nightreel::cli {

struct KindUse {
    std::string kind;
    std::int64_t results = 0;
    std::int64_t bytes = 0;
    std::int64_t bytes_of_takes = 0;  // of them, of published takes
};

template <class Visitor>
void describe(KindUse& value, Visitor& field) {
    field("kind", value.kind, {.meaning = "Kind of task."});
    field("results", value.results, {.meaning = "Number of results."});
    field("bytes", value.bytes, {.meaning = "Their size in bytes."});
    field("bytes_of_takes", value.bytes_of_takes, {.meaning = "Of these, of published takes."});
}

struct TakeUse {
    std::string folder;  // below the output folder
    std::string show;
    std::string shot;
    std::int32_t version = 0;
    std::int32_t take = 0;
    std::int64_t bytes = 0;  // what several takes share counts for each
};

template <class Visitor>
void describe(TakeUse& value, Visitor& field) {
    field("folder", value.folder, {.meaning = "Folder of the take."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("version", value.version, {.meaning = "Version number."});
    field("take", value.take, {.meaning = "Take number."});
    field("bytes",
          value.bytes,
          {.meaning = "Size of the results it came from; shared ones count for each take."});
}

struct StoreUse {
    std::int32_t format = 1;
    std::string store;
    std::vector<KindUse> kinds;
    std::vector<TakeUse> takes;
    std::int64_t bytes_of_no_take = 0;
    std::int64_t staging_bytes = 0;
    std::int64_t damaged_bytes = 0;
};

template <class Visitor>
void describe(StoreUse& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this listing."});
    field("store", value.store, {.meaning = "Folder of the store."});
    field("kinds", value.kinds, {.meaning = "Results by kind of task."});
    field("takes", value.takes, {.meaning = "Published takes and what they came from."});
    field("bytes_of_no_take",
          value.bytes_of_no_take,
          {.meaning = "Size of results that no published take came from."});
    field("staging_bytes", value.staging_bytes, {.meaning = "Size of attempts in work."});
    field(
        "damaged_bytes", value.damaged_bytes, {.meaning = "Size of damaged results, kept aside."});
}

// A published take and the results that it came from.
struct KeptTake {
    TakeUse use;
    std::set<Digest> results;
    Digest frames;
    bool whole_by_size = false;  // every published file is there, of its size
};

// Every take below `output` whose publish.json can be read.
std::vector<KeptTake> kept_takes(const std::filesystem::path& output);

// The results of the takes; with them the records of publishing that name the same frames.
std::set<Digest> results_kept(const std::vector<KeptTake>& takes,
                              const StoreContents& contents,
                              const std::filesystem::path& store);

StoreUse use_of(const StoreContents& contents,
                const std::vector<KeptTake>& takes,
                const std::set<Digest>& kept);

}  // namespace nightreel::cli

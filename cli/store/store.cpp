// store usage, store prune: what the results of a farm take up, and room made among them.
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/store/store_use.h"
#include "cli/verbs.h"
#include "pipeline/store/artifact_store.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/describe/text_form.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct StoreAsked {
    FarmChoice farm;
    std::string older_than = "7d";
    bool frames = false;
    bool dry_run = false;
    bool as_json = false;
};

// Where a farm's results and takes are.
struct StorePlaces {
    fs::path store;
    std::vector<fs::path> outputs;
};

StorePlaces places_of(const FarmChoice& farm) {
    if (!farm.output.empty()) {
        const FarmFolder folder = farm_folder_of(farm.output);
        return {folder.store(), {folder.root.parent_path()}};
    }
    if (farm.config.empty()) {
        throw Error(ErrorKind::usage,
                    "no farm given: use -o DIR (output folder of `nightreel run`) or --config "
                    "FARM.yaml");
    }
    const FarmConfig config = load_farm_config(farm.config, {.scheduler = true, .worker = true});
    const bool has_store = config.worker || (config.scheduler && config.scheduler->store);
    if (!has_store || !config.scheduler) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: needs scheduler.output and a store (scheduler.store or "
                                "worker.store): run this with the farm file of a machine that sees "
                                "both",
                                farm.config));
    }
    StorePlaces places{config.worker ? config.worker->store : *config.scheduler->store, {}};
    for (const OutputRoot& root : config.scheduler->output) places.outputs.emplace_back(root.path);
    // Its worker may see the first elsewhere.
    if (config.worker && config.worker->output) places.outputs.front() = *config.worker->output;
    return places;
}

struct StoreLook {
    StoreContents contents;
    std::vector<KeptTake> takes;
    std::set<Digest> kept;
};

StoreLook look_at(const StorePlaces& places) {
    std::vector<fs::path> folders = places.outputs;
    folders.push_back(places.store);
    for (const fs::path& folder : folders) {
        std::error_code ignored;
        if (fs::is_directory(folder, ignored)) continue;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: no such folder: is the disk mounted?", folder.string()));
    }
    StoreLook look{.contents = contents_of_store(places.store), .takes = {}, .kept = {}};
    for (const fs::path& output : places.outputs) {
        for (KeptTake& take : kept_takes(output)) {
            // Of other roots than the first it is said which.
            if (output != places.outputs.front()) take.use.folder = output / take.use.folder;
            look.takes.push_back(std::move(take));
        }
    }
    look.kept = results_kept(look.takes, look.contents, places.store);
    return look;
}

std::string size_text(std::int64_t bytes) {
    return fmt::format("{:>10}", bytes_text(bytes));
}

int usage(const StoreAsked& asked) {
    const StorePlaces places = places_of(asked.farm);
    const StoreLook look = look_at(places);
    StoreUse use = use_of(look.contents, look.takes, look.kept);
    use.store = places.store.string();
    if (asked.as_json) {
        answer("{}\n", to_json_value(use).dump(2));
        return 0;
    }
    answer("{:8}  {:>8}  {:>10}  {:>18}\n", "kind", "results", "size", "of published takes");
    for (const KindUse& kind : use.kinds) {
        answer("{:8}  {:>8}  {}  {:>18}\n",
               kind.kind,
               kind.results,
               size_text(kind.bytes),
               bytes_text(kind.bytes_of_takes));
    }
    answer("\n{:>10}  results of\n", "size");
    for (const TakeUse& take : use.takes) answer("{}  {}\n", size_text(take.bytes), take.folder);
    answer("{}  no published take\n", size_text(use.bytes_of_no_take));
    answer("{}  attempts in work (.staging)\n", size_text(use.staging_bytes));
    answer("{}  damaged results, kept aside (.damaged)\n", size_text(use.damaged_bytes));
    return 0;
}

// Digests of every task of jobs that are not at their end, or failed and may be tried again.
std::set<Digest> results_in_work(wire::Client& client) {
    std::set<Digest> digests;
    const Json listing = parse_json(client.list(wire::ListJobs{}).text, "list of jobs");
    for (const Json& job : listing.value("jobs", Json::array())) {
        const std::string state = job.value("state", std::string());
        if (state == "done" || state == "cancelled") continue;
        const Json status = read_status(client, {job.at("job").get<std::uint64_t>(), {}});
        for (const Json& task : status.at("tasks")) {
            digests.insert(Digest::from_hex(task.at("digest").get<std::string>()));
        }
    }
    return digests;
}

Millis age_in(const std::string& text) {
    if (const auto age = TextForm<Millis>::read(text)) return *age;
    throw Error(
        ErrorKind::usage,
        fmt::format("invalid value '{}' of --older-than: expected a time such as 12h or 7d", text));
}

struct PruneListing {
    std::int32_t format = 1;
    bool removed = true;  // false: a dry run
    std::int64_t results = 0;
    std::int64_t bytes = 0;
    std::vector<KindUse> kinds;
};

template <class Visitor>
void describe(PruneListing& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this listing."});
    field("removed", value.removed, {.meaning = "False for a dry run."});
    field("results", value.results, {.meaning = "Number of results."});
    field("bytes", value.bytes, {.meaning = "Their size in bytes."});
    field("kinds", value.kinds, {.meaning = "The same by kind of task."});
}

int prune(const StoreAsked& asked, const Surroundings& surroundings) {
    const Millis older_than = age_in(asked.older_than);
    const StorePlaces places = places_of(asked.farm);
    StoreLook look = look_at(places);
    if (look.takes.empty()) {
        std::vector<std::string> outputs;
        for (const fs::path& output : places.outputs) outputs.push_back(output.string());
        throw Error(ErrorKind::unavailable,
                    fmt::format("no published take below {}: is the disk mounted? Nothing is "
                                "removed; to give up every result, delete {}",
                                fmt::join(outputs, ", "),
                                places.store.string()));
    }
    FarmAccess farm(asked.farm, surroundings);
    const std::set<Digest> in_work = results_in_work(farm.client());
    if (asked.frames) {
        for (const KeptTake& take : look.takes) {
            if (take.whole_by_size) look.kept.erase(take.frames);
        }
    }
    const auto results = prunable(look.contents, look.kept, in_work, older_than);
    const StoreUse use = use_of({.results = results}, {}, {});
    PruneListing listing{.removed = !asked.dry_run,
                         .results = static_cast<std::int64_t>(results.size()),
                         .bytes = use.bytes_of_no_take,
                         .kinds = use.kinds};
    ArtifactStore store(places.store);
    for (const StoredResult& result : results) {
        if (!asked.dry_run) store.remove(result.digest);
    }
    if (asked.as_json) {
        answer("{}\n", to_json_value(listing).dump(2));
        return 0;
    }
    for (const KindUse& kind : listing.kinds) {
        answer("{:8}  {:>8}  {}\n", kind.kind, kind.results, size_text(kind.bytes));
    }
    answer("{} {} results, {}\n",
           asked.dry_run ? "would remove" : "removed",
           listing.results,
           bytes_text(listing.bytes));
    return 0;
}

}  // namespace

Command store_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<StoreAsked>();
    Command usage_of_store{.name = "usage",
                           .meaning = "size of results by kind of task and by published take",
                           .example = "nightreel store usage -o out",
                           .run = [asked] { return usage(*asked); }};
    add_farm_options(usage_of_store, asked->farm, surroundings);
    usage_of_store.options.push_back(json_option(asked->as_json));
    Command prune_store{
        .name = "prune",
        .meaning = "remove results that no published take came from and no job needs",
        .example = "nightreel store prune -o out --older-than 30d --dry-run",
        .run = [asked, &surroundings] { return prune(*asked, surroundings); }};
    add_farm_options(prune_store, asked->farm, surroundings);
    const std::vector<Option> own = {
        {.names = "--older-than",
         .target = &asked->older_than,
         .meaning = "only results that were made so long ago: 12h, 30d",
         .value = "TIME",
         .shows_default = true},
        {.names = "--frames",
         .target = &asked->frames,
         .meaning = "also frames that are in a take's folder; they can be decoded again from its "
                    "latents, which stay"},
        {.names = "--dry-run", .target = &asked->dry_run, .meaning = "remove nothing"},
        json_option(asked->as_json)};
    prune_store.options.insert(prune_store.options.end(), own.begin(), own.end());
    return {.name = "store",
            .meaning = "disk space of results: usage, prune",
            .commands = {std::move(usage_of_store), std::move(prune_store)}};
}

}  // namespace nightreel::cli

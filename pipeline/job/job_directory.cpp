#include "pipeline/job/job_directory.h"

#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/plan/orders/order_paths.h"
#include "pipeline/plan/records/night_file_names.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* index_file = "job.json";
constexpr const char* origin_file = "origin.json";

// A file of the night: where it lay, and where its copy lies in the job directory.
struct NightCopy {
    std::string name;
    std::string copy;
};

template <class Visitor>
void describe(NightCopy& value, Visitor& field) {
    field("name", value.name, {.meaning = "Path of the file where the night was exported."});
    field("copy", value.copy, {.meaning = "Path of its copy, relative to the job directory."});
}

struct OriginRecord {
    std::string exported_by;
    std::int64_t exported_at = 0;
    std::vector<NightCopy> night;
};

template <class Visitor>
void describe(OriginRecord& value, Visitor& field) {
    field("exported_by", value.exported_by, {.meaning = "Who exported the night: user@host."});
    field("exported_at", value.exported_at, {.meaning = "Time, milliseconds since 1970."});
    field("night", value.night, {.meaning = "Files of the night."});
}

// Endings stay: some readers and most people look at them.
std::string given_file_of(const std::string& path, const Digest& digest) {
    return fmt::format("given/{}{}", digest.hex(), fs::path(path).extension().string());
}

void write_unsynced(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) throw file_error(path, "cannot be written", last_file_error());
    if (!text.starts_with("#!")) return;
    fs::permissions(path,
                    fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
}

void copy_given(const std::string& source, const Digest& digest, const fs::path& target) {
    if (fs::exists(target)) return;
    fs::create_directories(target.parent_path());
    copy_whole_file(source, target);
    if (digest_of_file(target) == digest) return;
    throw Error(
        ErrorKind::corrupt,
        fmt::format("{}: was changed while the night was exported; export it again", source));
}

// One call for thousands of small files, where an fsync of each would take minutes.
void sync_file_system_of(const fs::path& folder) {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor && ::syncfs(descriptor.get()) == 0) return;
    throw file_error(folder, "cannot be written to the disk", last_file_error());
}

bool has_text(const fs::path& path, const std::string& text) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && read_file(path) == text;
}

bool holds(const fs::path& folder, const std::map<std::string, std::string>& texts) {
    for (const auto& [name, text] : texts) {
        if (!has_text(folder / name, text)) return false;
    }
    return true;
}

[[noreturn]] void refuse_place(const fs::path& folder) {
    std::error_code ignored;
    const bool is_job = fs::exists(folder / index_file, ignored);
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: {}: give another folder, or remove it",
                    folder.string(),
                    is_job ? "holds another job: another night, farm manager, output, grain, "
                             "store or site settings"
                           : "is not empty"));
}

void write_orders(const fs::path& folder, const TaskGraph& graph) {
    fs::create_directories(folder / "tasks");
    for (const PlannedTask& task : graph.tasks) {
        TaskOrder order = task.order;
        for_each_given_file(order, [&](std::string& path, const Digest& digest) {
            const std::string given = given_file_of(path, digest);
            copy_given(path, digest, folder / given);
            path = given;
        });
        write_unsynced(folder / order_file_of(task.name), to_json_text(order) + "\n");
    }
}

void write_all(const fs::path& folder,
               const NightPlan& plan,
               const std::map<std::string, std::string>& texts,
               const JobOrigin& origin) {
    write_orders(folder, plan.graph);
    for (const auto& [name, text] : texts) write_unsynced(folder / name, text);
    OriginRecord record{
        .exported_by = origin.exported_by, .exported_at = origin.exported_at, .night = {}};
    const std::vector<std::string> copies = night_file_names(origin.night);
    for (std::size_t at = 0; at < copies.size(); ++at) {
        record.night.push_back({origin.night[at].name, copies[at]});
    }
    write_unsynced(folder / origin_file, to_json_value(record).dump(1) + "\n");
    sync_file_system_of(folder);
}

}  // namespace

bool write_job_directory(const fs::path& folder,
                         const NightPlan& plan,
                         const std::map<std::string, std::string>& manager_texts,
                         const JobOrigin& origin) {
    const fs::path place = fs::absolute(folder).lexically_normal();
    std::map<std::string, std::string> texts = manager_texts;
    texts[index_file] = to_json_text(job_index_of(plan));
    const std::vector<std::string> copies = night_file_names(origin.night);
    for (std::size_t at = 0; at < copies.size(); ++at) texts[copies[at]] = origin.night[at].text;
    std::error_code ignored;
    if (fs::exists(place / index_file, ignored) && holds(place, texts)) return false;
    if (fs::exists(place, ignored) && !fs::is_empty(place, ignored)) refuse_place(place);
    const fs::path parent =
        place.has_filename() ? place.parent_path() : place.parent_path().parent_path();
    const fs::path part = parent / fmt::format(".nightreel-export-{}", random_name());
    try {
        fs::create_directories(part);
        write_all(part, plan, texts, origin);
        std::error_code taken;
        fs::rename(part, place, taken);
        if (taken == std::errc::directory_not_empty || taken == std::errc::file_exists) {
            // Exported by somebody else meanwhile.
            fs::remove_all(part, ignored);
            if (holds(place, texts)) return false;
            refuse_place(place);
        }
        if (taken) throw file_error(place, "cannot be made", taken);
        sync_directory(parent);
    } catch (const fs::filesystem_error& error) {
        fs::remove_all(part, ignored);
        throw file_error(error);
    } catch (const Error&) {
        fs::remove_all(part, ignored);
        throw;
    }
    return true;
}

bool is_job_directory(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / index_file, ignored);
}

void add_to_job_directory(const fs::path& folder, const std::map<std::string, std::string>& texts) {
    for (const auto& [name, text] : texts) write_unsynced(folder / name, text);
    sync_file_system_of(folder);
}

JobOrigin read_job_origin(const fs::path& folder) {
    const fs::path path = folder / origin_file;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return {};  // exported by an earlier release
    const auto record = in_context(path.string(), [&] {
        return from_json_value<OriginRecord>(parse_json(read_file(path), "origin"), "");
    });
    JobOrigin origin{
        .exported_by = record.exported_by, .exported_at = record.exported_at, .night = {}};
    for (const NightCopy& file : record.night) {
        origin.night.push_back({file.name, read_file(folder / file.copy)});
    }
    return origin;
}

JobIndex read_job_index(const fs::path& folder) {
    const fs::path path = folder / index_file;
    if (!is_job_directory(folder)) {
        throw Error(
            ErrorKind::usage,
            fmt::format("{}: is no job directory: it has no {}", folder.string(), index_file));
    }
    return in_context(path.string(), [&] { return job_index_from_json(read_file(path)); });
}

TaskOrder read_job_order(const fs::path& folder, const JobTask& task) {
    const fs::path path = folder / order_file_of(task.name);
    return in_context(path.string(), [&] { return order_of_job(task, read_file(path)); });
}

}  // namespace nightreel

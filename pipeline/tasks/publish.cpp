#include "pipeline/takes/publish.h"

#include <set>

#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/frame_name.h"
#include "pipeline/plan/prepared_note.h"
#include "pipeline/plan/records/record_chain.h"
#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/plan/roots/roots.h"
#include "pipeline/takes/inside_root.h"
#include "pipeline/takes/partial_folder.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/exr_headers.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/movie_files.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A file of an artifact with the digest that it was written with, under its published name.
class FileList {
  public:
    explicit FileList(const TaskContext& context) : context_(context) {}

    void open(const Digest& artifact) {
        artifact_ = artifact;
        folder_ = context_.inputs.folder_of(artifact);
        digests_ = context_.inputs.read(artifact, read_checksums);
    }

    void add(const std::string& file, const std::string& published_name) {
        const auto found = digests_.find(file);
        if (found == digests_.end()) {
            throw LostInput(artifact_, fmt::format("{}: {} is missing", folder_.string(), file));
        }
        files.push_back({folder_ / file, published_name, found->second});
        origins.push_back({artifact_, found->second});
    }

    // A frame, which gets what is known of its delivery into its header.
    void add_frame(const std::string& file,
                   const std::string& published_name,
                   const ExrDelivery& delivery) {
        add(file, published_name);
        TakeFile& frame = files.back();
        const auto delivered = [source = frame.source, delivery] {
            return with_delivery(read_file(source), delivery, source.string());
        };
        const Digest stored = frame.digest;
        frame.digest = context_.inputs.read(artifact_, [&](const fs::path&) {
            const std::string bytes = read_file(frame.source);
            if (digest_of(bytes) != stored) {
                throw Error(ErrorKind::corrupt,
                            fmt::format("{}: contents differ from the task's result ({}); render "
                                        "it again",
                                        frame.source.string(),
                                        stored.short_hex()));
            }
            return digest_of(with_delivery(bytes, delivery, frame.source.string()));
        });
        frame.write = [delivered](const fs::path& target) {
            write_file_atomically(target, delivered());
        };
        context_.alive();
    }

    // As it was made: what its bytes are, and the artifact it is of.
    struct Origin {
        Digest artifact;
        Digest digest;
    };

    std::vector<TakeFile> files;
    std::vector<Origin> origins;  // of each file

  private:
    const TaskContext& context_;
    Digest artifact_;
    fs::path folder_;
    Checksums digests_;
};

// Takes of earlier releases have frames without an owner. Such a take stays what it is where it is
// published again, or mended: published takes never change.
bool was_published_without_owner(const PublishOrder& order, const TaskContext& context) {
    try {
        const PublishRecord there =
            read_publish_record(folder_of_take(order, context.request.roots));
        return !there.owner && there.frames_artifact == order.frames_artifact;
    } catch (const Error&) {
        return false;  // none is there, or it cannot be read
    }
}

std::optional<std::string> owner_of(const PublishOrder& order, const TaskContext& context) {
    if (order.owner) return order.owner;
    if (was_published_without_owner(order, context)) return {};
    return order.take.show;
}

FileList files_of(const PublishOrder& order,
                  const std::optional<std::string>& owner,
                  const TaskContext& context) {
    FileList list(context);
    list.open(order.frames_artifact);
    const FrameRange& frames = order.take.frames;
    const std::string source = frame_pattern(frames_name, frames);
    const std::string published = frame_pattern(order.base_name, frames);
    for (std::int64_t number = frames.first; number <= frames.last; ++number) {
        const std::string name = "exr/" + frame_file_name(published, number);
        if (!owner) {
            list.add(frame_file_name(source, number), name);
            continue;
        }
        list.add_frame(frame_file_name(source, number),
                       name,
                       {.owner = *owner,
                        .version = order.take.version,
                        .handles = order.take.handles,
                        .cut = cut_of(frames, order.take.handles)});
    }
    list.open(order.proxy_artifact);
    for (const MovieFormat format : all_formats(order.movies)) {
        list.add(movie_file_of(format), published_movie(order.base_name, format));
    }
    list.add(contact_file, fmt::format("contact/{}.png", order.base_name));
    list.add(thumbnail_file, fmt::format("thumb/{}.png", order.base_name));
    list.open(order.metrics_artifact);
    list.add(series_file, fmt::format("{}{}.json", reports_folder, order.base_name));
    list.add(plot_file, fmt::format("{}{}.svg", reports_folder, order.base_name));
    return list;
}

TakeMetrics read_metrics(const PublishOrder& order, const TaskContext& context) {
    return context.inputs.read(order.metrics_artifact, [](const fs::path& folder) {
        const fs::path path = folder / metrics_file;
        return from_json_value<TakeMetrics>(parse_json(read_file(path), path.string()));
    });
}

// Every task that the take was made by. A result of an earlier release does not say what it was
// made from: of the segments below it only the names are known.
std::vector<TaskRecord> tasks_of(const PublishOrder& order, const TaskContext& context) {
    std::vector<TaskRecord> tasks = records_below(context.request);
    std::set<Digest> known;
    for (const TaskRecord& task : tasks) known.insert(task.digest);
    for (const SegmentPiece& piece : order.pieces) {
        if (known.contains(piece.latents)) continue;
        tasks.push_back({.kind = std::string(word_of(TaskKind::sample)),
                         .digest = piece.latents,
                         .unknown = "the frames were decoded by a release that kept no record"});
    }
    return tasks;
}

std::optional<std::int64_t> frames_encoded_again(const PublishOrder& order) {
    std::int64_t frames = 0;
    for (const SegmentPiece& piece : order.pieces) {
        if (piece.given) frames += piece.shared_frames.value_or(0);
    }
    return frames > 0 ? std::optional(frames) : std::nullopt;
}

PublishRecord record_of(const PublishOrder& order,
                        const std::optional<std::string>& owner,
                        const TaskContext& context) {
    const ExrCoding coding = order.exr.value_or(ExrCoding());
    TakeMetrics metrics = read_metrics(order, context);
    std::vector<Flag> flags = flags_of(metrics.findings, context.request.quality);
    return {.take = order.take,
            .cut = cut_of(order.take.frames, order.take.handles),
            .colour = {.interop_id = std::string(interop_id_of(space_of(coding.colour)))},
            .compression = std::string(word_of(coding.compression)),
            .owner = owner,
            .frame_pattern = "exr/" + frame_pattern(order.base_name, order.take.frames),
            .model = order.model,
            .licence = order.licence,
            .training_data = order.training_data,
            .loras = order.loras,
            .sampling = order.sampling,
            .recipe = order.recipe,
            .prompt_cut = order.prompt_cut,
            .negative_prompt_cut = order.negative_prompt_cut,
            .engine = std::string(engine_version),
            .night = order.night,
            .frames_artifact = order.frames_artifact,
            .proxy_artifact = order.proxy_artifact,
            .metrics_artifact = order.metrics_artifact,
            .segments = order.pieces,
            .rate_change = order.rate_change,
            .joints = order.joints,
            .frames_encoded_again = frames_encoded_again(order),
            .tasks = tasks_of(order, context),
            .prompt_as_written = order.prompt_as_written,
            .negative_prompt_as_written = order.negative_prompt_as_written,
            .references = order.references,
            .keys = order.keys,
            .kept = order.kept,
            .job = context.request.job,
            .published_by = maker_of(context.request, "", context.clock),
            .metrics = std::move(metrics),
            .flags = std::move(flags),
            .limits = context.request.quality};
}

// The artifact whose file is not what it was, when that is why publishing failed.
void blame_damaged(const FileList& list, const Error& error, const Pulse& pulse) {
    for (std::size_t index = 0; index < list.files.size(); ++index) {
        std::error_code missing;
        const TakeFile& file = list.files[index];
        if (fs::is_regular_file(file.source, missing) &&
            digest_of_file(file.source, pulse) == list.origins[index].digest) {
            continue;
        }
        throw LostInput(list.origins[index].artifact, error.what());
    }
}

// Two attempts never share a staging folder.
std::string token_of(const TaskContext& context) {
    return digest_of(context.staging.string()).short_hex();
}

// Puts the take together beside its place, after noting where: whoever clears this attempt's
// staging folder away will find it.
std::optional<TaskCommit> prepare(const FileList& list,
                                  const PublishRecord& record,
                                  const fs::path& folder,
                                  const TaskContext& context) {
    const std::string token = token_of(context);
    const Pulse pulse = [&](double share) { context.alive(share); };
    note_prepared(context.staging, {{partial_folder_of(folder, token).string(), folder.string()}});
    try {
        return prepare_take(folder, list.files, record, token, context.request.link, pulse);
    } catch (const Error& fault) {
        if (fault.kind() != ErrorKind::cancelled) blame_damaged(list, fault, pulse);
        throw;
    }
}

}  // namespace

TaskWork run_publish(const PublishOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    context.step(0, "publishing");
    const std::optional<std::string> owner = owner_of(order, context);
    const FileList list = files_of(order, owner, context);
    const PublishRecord record = record_of(order, owner, context);
    const fs::path folder = folder_of_take(order, context.request.roots);
    const fs::path root = context.request.roots.at(order.root);
    const auto mark = context.request.marks.find(order.root);
    // A disk that went away a moment ago must not be replaced by the folder under it.
    if (mark != context.request.marks.end()) expect_root(order.root, root, mark->second);
    expect_inside(root, order.folder);
    const std::optional<TaskCommit> commit = prepare(list, record, folder, context);
    const fs::path whole = commit ? fs::path(commit->from) : folder;
    write_file_unsynced(context.staging / publish_file, read_file(whole / publish_file));
    context.step(1, commit ? "ready to publish" : "already published");
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    if (commit) work.commit = {*commit};
    // Not where this machine sees it: others may see it at another path.
    work.facts["root"] = order.root;
    work.facts["folder"] = order.folder;
    work.facts["files"] = list.files.size();
    work.facts["length_seconds"] = static_cast<double>(order.take.frames.count()) *
                                   order.take.rate.denominator / order.take.rate.numerator;
    work.facts["seam_ratio_median"] = record.metrics.seam_ratio_median;
    work.facts["seam_ratio_max"] = record.metrics.seam_ratio_max;
    work.facts["flags"] = record.flags->size();
    work.facts["flag"] = short_text_of(*record.flags);
    return work;
}

}  // namespace nightreel

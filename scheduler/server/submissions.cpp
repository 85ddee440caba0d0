#include "scheduler/server/submissions.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "pipeline/plan/task_order.h"
#include "scheduler/protocol/order_facts.h"
#include "shotspec/base/error.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/utf8.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse(const wire::SubmittedTask& task, const std::string& why) {
    throw Error(ErrorKind::bad_input, fmt::format("task \"{}\": {}", task.name, why));
}

void check_earlier(const wire::SubmittedTask& task,
                   std::vector<TaskIndex> needs,
                   std::size_t index) {
    std::sort(needs.begin(), needs.end());
    if (!needs.empty() && needs.back() >= index) {
        refuse(task, "depends on a task that does not come before it");
    }
    const auto twice = std::adjacent_find(needs.begin(), needs.end());
    if (twice != needs.end()) {
        refuse(task, fmt::format("lists task {} twice as a dependency", *twice));
    }
}

// The tasks that came before: those that had arrived, then those of the same piece.
struct Earlier {
    const std::vector<TaskSpec>& arrived;
    const std::vector<TaskSpec>& piece;

    std::size_t size() const { return arrived.size() + piece.size(); }

    const TaskSpec& operator[](TaskIndex index) const {
        return index < arrived.size() ? arrived[index] : piece[index - arrived.size()];
    }
};

void check_inputs(const wire::SubmittedTask& task, const TaskOrder& order, const Earlier& earlier) {
    std::set<Digest> made;
    for (const TaskIndex need : task.needs) made.insert(earlier[need].digest);
    for (const Digest& input : inputs_of(order)) {
        if (made.contains(input)) continue;
        refuse(task,
               fmt::format("reads {}, which none of its dependencies makes", input.short_hex()));
    }
}

bool is_inside(const std::filesystem::path& folder) {
    if (folder.empty() || folder.is_absolute()) return false;
    return std::none_of(
        folder.begin(), folder.end(), [](const auto& part) { return part == ".." || part == "."; });
}

// An order may write below an output root of this scheduler and nowhere else.
void check_place(const wire::SubmittedTask& task,
                 const std::string& root,
                 const std::string& folder,
                 const std::map<std::string, std::string>& roots) {
    std::vector<std::string> paths;
    for (const auto& [name, path] : roots) paths.push_back(path);
    const std::string allowed = fmt::format("{}", fmt::join(paths, ", "));
    if (!is_inside(folder)) {
        refuse(task,
               fmt::format("publishes to \"{}\", outside the output roots of this farm ({})",
                           folder,
                           allowed));
    }
    if (roots.empty() || roots.contains(root)) return;
    refuse(task,
           fmt::format("publishes below root \"{}\", which is not an output root of this farm: "
                       "its output roots are {}",
                       root,
                       allowed));
}

void check_places(const wire::SubmittedTask& task,
                  const TaskOrder& order,
                  const std::map<std::string, std::string>& roots) {
    if (const auto* dailies = std::get_if<DailiesOrder>(&order)) {
        check_place(task, dailies->root, dailies->folder, roots);
    }
    const auto* publish = std::get_if<PublishOrder>(&order);
    if (publish == nullptr) return;
    check_place(task, publish->root, publish->folder, roots);
    if (std::filesystem::path(publish->base_name).has_parent_path()) {
        refuse(task, fmt::format("names files \"{}\", in another folder", publish->base_name));
    }
}

// It is shown to people, and stands in JSON.
void check_night_piece(const NightFile& piece) {
    const std::string& text = piece.text;
    const bool is_named = !piece.name.empty() && !has_control_characters(piece.name) &&
                          piece.name.size() <= Submissions::night_name_bytes_max;
    if (is_named && text.size() <= wire::night_piece_bytes_max && is_utf8(text)) return;
    throw Error(ErrorKind::bad_input, "the text of the night is malformed");
}

TaskSpec checked(const wire::SubmittedTask& task,
                 const Earlier& earlier,
                 const std::map<std::string, std::string>& roots) {
    if (task.name.empty() || task.name.size() > Submissions::name_bytes_max ||
        has_control_characters(task.name)) {
        refuse(task,
               fmt::format("invalid name: expected 1 to {} bytes without control characters",
                           std::size_t{Submissions::name_bytes_max}));
    }
    if (task.order.size() > Submissions::order_bytes_max) {
        refuse(task,
               fmt::format("its order has {} bytes, the limit is {}",
                           task.order.size(),
                           std::size_t{Submissions::order_bytes_max}));
    }
    const TaskOrder order = in_context(fmt::format("task \"{}\"", task.name),
                                       [&] { return task_order_from_json(task.order); });
    if (digest_of(order) != task.digest) {
        refuse(task,
               fmt::format("digest and order do not match on this scheduler ({}): install the same "
                           "release of Nightreel on both sides",
                           engine_version));
    }
    check_earlier(task, task.needs, earlier.size());
    check_earlier(task, task.after, earlier.size());
    check_inputs(task, order, earlier);
    check_places(task, order, roots);
    TaskSpec spec{kind_of(order),
                  task.name,
                  task.digest,
                  task.needs,
                  task.memory_bytes,
                  std::max(0.0, task.seconds),
                  {},
                  {},
                  {},
                  task.after};
    if (const ModelReference* model = model_loaded_for(order)) {
        spec.model = model->name;
        spec.model_digest = model->digest;
        spec.device_class = device_class_of(order).value_or("");
    }
    return spec;
}

}  // namespace

const Submissions::Pending& Submissions::pending(const Key& key) const {
    const auto found = pending_.find(key);
    if (found == pending_.end()) {
        throw Error(
            ErrorKind::unavailable,
            "the scheduler does not know this submission (it may have expired): submit again");
    }
    return found->second;
}

std::vector<JobId> Submissions::forget_idle(Millis now) {
    std::vector<JobId> jobs;
    std::erase_if(pending_, [&](const auto& entry) {
        const bool idle = now - entry.second.touched > idle_max;
        if (idle) jobs.push_back(entry.second.job);
        return idle;
    });
    return jobs;
}

void Submissions::check(const std::string& submitter, const wire::SubmitBegin& request) const {
    const std::string& key = request.submission;
    if (key.empty() || key.size() > name_bytes_max || has_control_characters(key)) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("the submission key must have 1 to {} bytes", std::size_t{name_bytes_max}));
    }
    const std::size_t tasks_max = config_.policy.tasks_per_job_max;
    if (request.tasks == 0 || request.tasks > tasks_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("a job must have 1 to {} tasks, not {}", tasks_max, request.tasks));
    }
    if (pending_.contains({submitter, key})) return;
    const auto own = std::count_if(pending_.begin(), pending_.end(), [&](const auto& entry) {
        return entry.first.first == submitter;
    });
    if (static_cast<std::size_t>(own) >= config_.limits.submissions) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format("{} submits {} jobs already: try again in a few seconds", submitter, own));
    }
    if (pending_.size() < pending_max) return;
    throw Error(ErrorKind::unavailable,
                "too many jobs are being submitted at once: try again in a few seconds");
}

void Submissions::begin(const std::string& submitter,
                        const wire::SubmitBegin& request,
                        JobId job,
                        Millis now) {
    pending_[{submitter, request.submission}] = {.job = job, .touched = now};
}

JobId Submissions::job_of(const std::string& submitter, const std::string& submission) const {
    return pending({submitter, submission}).job;
}

ArrivedPiece Submissions::check_piece(const std::string& submitter,
                                      const wire::SubmitTasks& request,
                                      const std::vector<TaskSpec>& arrived,
                                      Millis now) {
    if (request.first > arrived.size()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "task {} arrived after task {}: submit again", request.first, arrived.size()));
    }
    std::size_t bytes = pending({submitter, request.submission}).bytes;
    std::size_t needs = 0;
    ArrivedPiece piece;
    for (std::size_t i = arrived.size() - request.first; i < request.tasks.size(); ++i) {
        const wire::SubmittedTask& task = request.tasks[i];
        bytes += task.order.size();
        needs += task.needs.size() + task.after.size();
        if (bytes > bytes_max) refuse(task, "makes the job too large");
        if (needs > needs_max) refuse(task, "lists too many dependencies for one message");
        piece.tasks.push_back(checked(task, {arrived, piece.tasks}, config_.roots));
        piece.orders.push_back(task.order);
    }
    Pending& job = pending_.at({submitter, request.submission});
    job.bytes = bytes;
    job.touched = now;
    return piece;
}

std::uint32_t Submissions::night_pieces(const std::string& submitter,
                                        const std::string& submission) const {
    return pending({submitter, submission}).night_pieces;
}

std::vector<NightFile> Submissions::check_night(const std::string& submitter,
                                                const wire::SubmitNight& request,
                                                Millis now) {
    const Pending before = pending({submitter, request.submission});
    if (request.first > before.night_pieces) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("piece {} of the night arrived after piece {}: submit again",
                                request.first,
                                before.night_pieces));
    }
    std::vector<NightFile> pieces;
    std::size_t bytes = before.night_bytes;
    for (std::size_t i = before.night_pieces - request.first; i < request.pieces.size(); ++i) {
        const NightFile& piece = pieces.emplace_back(request.pieces[i]);
        check_night_piece(piece);
        bytes += piece.text.size();
    }
    const std::size_t count = before.night_pieces + pieces.size();
    if (bytes > wire::night_bytes_max || count > night_pieces_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("the night file and its includes have more than {} bytes: split "
                                "the night",
                                std::size_t{wire::night_bytes_max}));
    }
    Pending& job = pending_.at({submitter, request.submission});
    job.night_bytes = bytes;
    job.night_pieces = static_cast<std::uint32_t>(count);
    job.touched = now;
    return pieces;
}

JobId Submissions::end(const std::string& submitter, const wire::SubmitEnd& request) {
    const JobId job = pending({submitter, request.submission}).job;
    pending_.erase({submitter, request.submission});
    return job;
}

}  // namespace nightreel

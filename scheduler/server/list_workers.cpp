// The workers of a farm: in which state, with which task, and why not.

#include <algorithm>

#include "scheduler/farm/placement.h"
#include "scheduler/server/listing.h"
#include "scheduler/server/row_list.h"
#include "shotspec/base/plain_text.h"

namespace nightreel {
namespace {

constexpr std::size_t models_named_max = 64;  // of each kind, in a row

// What decides whether it is given work, the strongest reason first.
std::string_view state_word(const FarmView& view, const Worker& worker) {
    if (!is_live(view.policy, worker, view.now)) return "silent";
    if (worker.mode != WorkerMode::online) return word_of(worker.mode);
    if (is_set_aside(worker, view.now)) return "set_aside";
    const bool faulty = worker.offer && !worker.offer->fault.empty();
    return faulty || worker.unfit.contains(Digest{}) ? "unfit" : "online";
}

Json tasks_held_by(const FarmView& view, const Worker& worker) {
    Json rows = Json::array();
    for (const TaskAttempt& held : worker.holds) {
        const Task* task = find_task(view.farm, held.task);
        if (task == nullptr) continue;
        rows.push_back({{"job", held.task.job.value},
                        {"task", task->spec.name},
                        {"attempt", task->attempts},
                        {"state", word_of(task->state)}});
    }
    return rows;
}

void add_offer(Json& row, const WorkerOffer& offer) {
    row["device_class"] = plain_line(offer.device_class, named_text_bytes_max);
    if (!offer.fault.empty()) row["fault"] = plain_line(offer.fault, named_text_bytes_max);
    RowList names(head_list_bytes_max, models_named_max);
    RowList faults(head_list_bytes_max, models_named_max);
    std::size_t usable = 0;
    for (const OfferedModel& model : offer.models) {
        const std::string name = plain_line(model.name, named_text_bytes_max);
        if (model.fault.empty()) {
            ++usable;
            names.add(name);
        } else {
            faults.add({{"model", name}, {"fault", plain_line(model.fault, named_text_bytes_max)}});
        }
    }
    row["models"] = usable;
    row["models_faulty"] = offer.models.size() - usable;
    row["model_names"] = names.take();
    row["model_faults"] = faults.take();
}

std::string model_name(const Worker& worker, const Digest& digest) {
    if (!worker.offer) return digest.short_hex();
    for (const OfferedModel& model : worker.offer->models) {
        if (model.digest == digest) return plain_line(model.name, named_text_bytes_max);
    }
    return digest.short_hex();
}

Json unfit_reasons(const Worker& worker) {
    RowList rows(head_list_bytes_max, models_named_max);
    for (const auto& [model, why] : worker.unfit) {
        rows.add({{"model", model.empty() ? std::string() : model_name(worker, model)},
                  {"why", plain_line(why, named_text_bytes_max)}});
    }
    return rows.take();
}

// What is durable of it may be half a minute old.
Millis last_seen(const FarmView& view, const WorkerId& id, const Worker& worker) {
    const auto unheard = unheard_for(view, id);
    return unheard ? view.now - *unheard : worker.last_seen;
}

Json worker_row(const FarmView& view, const WorkerId& id, const Worker& worker) {
    Json row{{"worker", id.name},
             {"host", plain_line(worker.host, named_text_bytes_max)},
             {"state", state_word(view, worker)},
             {"mode", word_of(worker.mode)},
             {"memory_bytes", worker.memory_bytes},
             {"running", worker.holds.size()},
             {"tasks", tasks_held_by(view, worker)},
             {"last_seen", utc_text(last_seen(view, id, worker))}};
    if (const auto silence = silence_of(view, id)) row["silent_seconds"] = silence->count() / 1'000;
    if (!worker.mode_by.empty()) row["mode_by"] = worker.mode_by;
    if (worker.offer) add_offer(row, *worker.offer);
    if (!worker.unfit.empty()) row["unfit"] = unfit_reasons(worker);
    if (is_set_aside(worker, view.now)) {
        row["set_aside_until"] = utc_text(*worker.set_aside_until);
        row["set_aside_why"] = plain_text(worker.set_aside_why, named_text_bytes_max);
    }
    return row;
}

}  // namespace

ListingPage list_workers(const FarmView& view, std::uint64_t first) {
    const auto& workers = view.farm.workers;
    const auto passed_over = std::min<std::uint64_t>(first, workers.size());
    RowList rows(listing_bytes_max);
    std::uint64_t next = passed_over;
    auto it = std::next(workers.begin(), static_cast<std::ptrdiff_t>(passed_over));
    for (; it != workers.end(); ++it, ++next) {
        if (!rows.add(worker_row(view, it->first, it->second))) break;
    }
    return {Json{{"format", listing_format}, {"workers", rows.take()}}.dump(),
            it == workers.end() ? 0 : next};
}

}  // namespace nightreel

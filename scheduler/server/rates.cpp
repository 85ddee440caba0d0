#include "scheduler/server/rates.h"

#include "scheduler/server/row_list.h"

namespace nightreel {

void note_rate(RateBook& book, const Farm& farm, const Event& event) {
    const auto* accepted = std::get_if<TaskAccepted>(&event);
    if (accepted == nullptr || accepted->cached) return;
    const Task* task = find_task(farm, accepted->task);
    if (task == nullptr) return;
    book.note(task->spec.kind, task->spec.model_digest, accepted->facts);
}

ListingPage list_rates(const RateBook& book, std::uint64_t first) {
    const std::vector<TaskRate> all = book.rows();
    RowList rows(listing_bytes_max);
    std::uint64_t next = 0;
    for (std::uint64_t i = first; i < all.size(); ++i) {
        if (rows.add(to_json_value(all[i]))) continue;
        next = i;
        break;
    }
    return {Json{{"format", listing_format}, {"rates", rows.take()}}.dump(), next};
}

}  // namespace nightreel

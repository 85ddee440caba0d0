#include "scheduler/server/live_logs.h"

#include <algorithm>

#include "scheduler/server/listing.h"

namespace nightreel {

void LiveLogs::follow(const Selection& selection, Millis now) {
    std::erase_if(wishes_, [&](const Wish& wish) {
        const bool same =
            wish.selection.job == selection.job && wish.selection.path == selection.path;
        return same || now > wish.until;
    });
    if (wishes_.size() >= wishes_max) wishes_.erase(wishes_.begin());
    wishes_.push_back({selection, now + kept});
}

bool LiveLogs::is_followed(JobId job, const std::string& task, Millis now) const {
    return std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
        return now <= wish.until && wish.selection.job == job &&
               lies_below(task, wish.selection.path);
    });
}

void LiveLogs::take(const TaskAttempt& attempt, std::uint64_t offset, std::string_view chunk) {
    if (chunk.empty()) return;
    if (!logs_.contains(attempt) && logs_.size() >= logs_max) logs_.erase(logs_.begin());
    LiveLog& log = logs_[attempt];
    const std::uint64_t end = log.begin + log.text.size();
    const std::uint64_t known = end > offset ? end - offset : 0;
    if (log.text.empty() || offset > end) {
        log = {offset, std::string(chunk)};
    } else if (known < chunk.size()) {
        log.text += chunk.substr(known);
    }
    if (log.text.size() <= log_bytes_max) return;
    const std::size_t surplus = log.text.size() - log_bytes_max;
    log.text.erase(0, surplus);
    log.begin += surplus;
}

const LiveLog* LiveLogs::find(const TaskAttempt& attempt) const {
    const auto found = logs_.find(attempt);
    return found == logs_.end() ? nullptr : &found->second;
}

}  // namespace nightreel

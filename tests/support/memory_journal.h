#pragma once
// A journal that keeps its batches in memory and fails when told to. One thread.

#include <map>
#include <utility>

#include "scheduler/journal/journal.h"
#include "shotspec/base/error.h"

namespace nightreel {

// What a failing append leaves behind: a batch is there as a whole or not at all.
enum class AppendFailure { none, nothing_written, all_written };

class MemoryJournal final : public Journal {
  public:
    // The next append, or the one after `before` more.
    void fail_next_append(AppendFailure how, int before = 0) {
        failure_ = how;
        appends_before_failure_ = before;
    }

    void append(const JournalBatch& batch) override {
        const bool now = appends_before_failure_-- == 0;
        const AppendFailure failure = now ? failure_ : AppendFailure::none;
        if (failure != AppendFailure::nothing_written) write(batch);
        if (failure != AppendFailure::none) throw Error(ErrorKind::unavailable, "the disk is full");
    }

    void replay(const std::function<void(const Event&)>& take) override {
        for (const Event& event : events_) take(event);
    }

    std::optional<std::string> order_of(TaskKey task) override {
        const auto found = orders_.find(task);
        return found == orders_.end() ? std::nullopt : std::optional(found->second);
    }

    std::vector<NightPiece> night_of(JobId job) override {
        std::vector<NightPiece> found;
        for (const NightPiece& piece : night_) {
            if (piece.job == job) found.push_back(piece);
        }
        return found;
    }

    std::vector<LogDocument> logs_of(TaskKey task) override {
        std::vector<LogDocument> found;
        for (const auto& [attempt, log] : logs_) {
            if (attempt.task == task) found.push_back(log);
        }
        return found;
    }

    const std::vector<Event>& events() const { return events_; }

  private:
    void write(const JournalBatch& batch) {
        events_.insert(events_.end(), batch.events.begin(), batch.events.end());
        for (const OrderDocument& order : batch.orders) orders_[order.task] = order.text;
        for (const LogDocument& log : batch.logs) logs_[log.attempt] = log;
        night_.insert(night_.end(), batch.night.begin(), batch.night.end());
    }

    std::vector<Event> events_;
    std::map<TaskKey, std::string> orders_;
    std::map<TaskAttempt, LogDocument> logs_;
    std::vector<NightPiece> night_;
    AppendFailure failure_ = AppendFailure::none;
    int appends_before_failure_ = -1;
};

}  // namespace nightreel

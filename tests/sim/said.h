#pragma once
// What a command says and who says it, for the oracle. One thread.

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "scheduler/farm/farm.h"
#include "tests/sim/book.h"

namespace nightreel::sim {

inline bool lists(const std::vector<TaskAttempt>& list, const TaskAttempt& attempt) {
    return std::find(list.begin(), list.end(), attempt) != list.end();
}

template <class T>
bool any_of_kind(std::span<const Event> events) {
    return std::any_of(events.begin(), events.end(), [](const Event& event) {
        return std::holds_alternative<T>(event);
    });
}

// Whether the command shows that the worker still has the attempt in hand, or gives it once more.
inline bool speaks_for(const Command& command, const WorkerId& worker, const TaskAttempt& attempt) {
    if (const auto* alive = std::get_if<KeepAlive>(&command)) {
        return alive->worker == worker && lists(alive->attempts, attempt);
    }
    if (const auto* hello = std::get_if<Hello>(&command)) {
        return hello->worker == worker &&
               (lists(hello->running, attempt) || lists(hello->finished, attempt));
    }
    const auto* ask = std::get_if<AskForWork>(&command);
    return ask != nullptr && ask->worker == worker;
}

// The worker that sent the command, if one did.
inline std::optional<WorkerId> sender_of(const Command& command) {
    return std::visit(
        [](const auto& said) -> std::optional<WorkerId> {
            if constexpr (requires { said.session; }) {
                return said.worker;
            } else {
                return {};
            }
        },
        command);
}

// The attempt that a report speaks of, and who sent it.
inline std::optional<std::pair<WorkerId, TaskAttempt>> reported(const Command& command) {
    using Sender = std::pair<WorkerId, TaskAttempt>;
    if (const auto* done = std::get_if<ReportDone>(&command)) {
        return Sender{done->worker, done->attempt};
    }
    if (const auto* published = std::get_if<ReportPublished>(&command)) {
        return Sender{published->worker, published->attempt};
    }
    if (const auto* failure = std::get_if<ReportFailure>(&command)) {
        return Sender{failure->worker, failure->attempt};
    }
    return {};
}

// Whether the command, if a worker's, comes from the session that the farm knows.
inline bool is_known_session(const Command& command, const Book& book) {
    return std::visit(
        [&](const auto& said) {
            if constexpr (requires {
                              said.worker;
                              said.session;
                          }) {
                const auto found = book.workers.find(said.worker);
                return found != book.workers.end() && found->second.session == said.session;
            } else {
                return true;
            }
        },
        command);
}

}  // namespace nightreel::sim

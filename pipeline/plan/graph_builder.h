#pragma once
// A graph of tasks in which every piece of work stands once. One thread.

#include <cstdint>
#include <iterator>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pipeline/plan/task_graph.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

inline constexpr std::int64_t tasks_max = 10'000'000;  // of a night

struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
        std::size_t hash = 0;
        for (std::size_t index = 0; index < sizeof(hash); ++index) {
            hash = hash << 8U | digest.bytes[index];
        }
        return hash;
    }
};

// A task of the graph: where it stands and how it is named.
struct Placed {
    std::uint32_t index = 0;
    Digest digest;
};

// Grows a graph in which every piece of work stands once.
class GraphBuilder {
  public:
    Placed add(PlannedTask task) {
        task.digest = digest_of(task.order);
        const auto [found, is_new] =
            by_digest_.try_emplace(task.digest, static_cast<std::uint32_t>(graph_.tasks.size()));
        const Placed placed{found->second, task.digest};
        if (!is_new) return placed;
        for (const auto* others : {&task.needs, &task.after}) {
            for (const std::uint32_t other : *others) {
                NIGHTREEL_CHECK(other < placed.index, "a task stands after what it waits for");
            }
        }
        graph_.tasks.push_back(std::move(task));
        if (std::ssize(graph_.tasks) > tasks_max) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format("the night has more than {} tasks; split the night file", tasks_max));
        }
        return placed;
    }

    const std::vector<PlannedTask>& tasks() const { return graph_.tasks; }

    TaskGraph take() { return std::move(graph_); }

  private:
    TaskGraph graph_;
    std::unordered_map<Digest, std::uint32_t, DigestHash> by_digest_;
};

}  // namespace nightreel

#include <fmt/format.h>

#include "pipeline/plan/rounds/round_facts.h"
#include "pipeline/takes/ranking/ranking.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/rounds/not_needed.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

TakeMetrics report_of(const Digest& digest, const TaskContext& context) {
    return context.inputs.read(digest, [](const std::filesystem::path& folder) {
        const std::filesystem::path path = folder / metrics_file;
        return from_json_value<TakeMetrics>(parse_json(read_file(path), path.string()));
    });
}

Ranking rank(const RankOrder& order, const TaskContext& context) {
    std::vector<TakeToRank> takes;
    std::vector<std::int32_t> not_needed;
    for (const RankedReport& ranked : order.takes) {
        if (is_not_needed(context.inputs, ranked.report)) {
            not_needed.push_back(ranked.take);
        } else {
            takes.push_back({ranked.take, report_of(ranked.report, context)});
        }
        context.alive();
    }
    Ranking ranking = rank_takes(takes, order);
    ranking.not_needed = std::move(not_needed);
    return ranking;
}

}  // namespace

TaskWork run_rank(const RankOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    context.step(0, fmt::format("ranking {} takes", order.takes.size()));
    const Ranking ranking = rank(order, context);
    const std::string text = to_json_value(ranking).dump(1) + "\n";
    write_file_unsynced(context.staging / ranking_file, text);
    write_checksums(context.staging, {{ranking_file, digest_of(text)}});
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts[ranking_fact] = to_json_value(in_short(ranking));
    return work;
}

}  // namespace nightreel

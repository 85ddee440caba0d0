#include "pipeline/tasks/rounds/not_needed.h"

#include <algorithm>
#include <string>

#include "pipeline/plan/rounds/round_facts.h"
#include "pipeline/takes/ranking/ranking.h"
#include "pipeline/tasks/checksums.h"
#include "shotspec/base/disk/unsynced_file.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr const char* not_needed_file = "not_needed.json";

bool is_over(const Digest& rank, const TaskContext& context) {
    const Ranking ranking = context.inputs.read(rank, [](const std::filesystem::path& folder) {
        const std::filesystem::path path = folder / ranking_file;
        return from_json_value<Ranking>(parse_json(read_file(path), path.string()));
    });
    return !ranking.more.value_or(true);
}

bool reads_nothing(const TaskOrder& order, const TaskContext& context) {
    if (std::holds_alternative<RankOrder>(order)) return false;
    const auto* sample = std::get_if<SampleOrder>(&order);
    if (sample != nullptr && sample->round && is_over(*sample->round, context)) return true;
    const std::vector<Digest> inputs = inputs_of(order);
    return std::any_of(inputs.begin(), inputs.end(), [&](const Digest& input) {
        return is_not_needed(context.inputs, input);
    });
}

}  // namespace

bool is_not_needed(const TaskInputs& inputs, const Digest& artifact) {
    return std::filesystem::exists(inputs.folder_of(artifact) / not_needed_file);
}

std::optional<TaskWork> without_work(const TaskOrder& order, const TaskContext& context) {
    if (!reads_nothing(order, context)) return {};
    const std::string text = "{\"not_needed\": true}\n";
    write_file_unsynced(context.staging / not_needed_file, text);
    write_checksums(context.staging, {{not_needed_file, digest_of(text)}});
    context.step(1, "not needed: enough takes are usable");
    TaskWork work;
    work.facts[not_needed_fact] = true;
    return work;
}

}  // namespace nightreel

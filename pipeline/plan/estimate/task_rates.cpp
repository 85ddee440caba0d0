#include "pipeline/plan/estimate/task_rates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

std::optional<MeasuredTask> measured_in(const Json& facts) {
    const auto own = facts.find("facts");
    if (own == facts.end() || !own->is_object()) return {};
    const auto found = own->find(measured_fact);
    if (found == own->end()) return {};
    try {
        MeasuredTask measured = from_json_value<MeasuredTask>(*found);
        const bool is_sound = measured.workload.amount > 0 && measured.elapsed_seconds >= 0 &&
                              measured.processor_seconds >= 0;
        if (is_sound) return measured;
    } catch (const Error&) {
        // Of another release: its figures may mean something else.
    }
    return {};
}

// How many times larger one scale is than the other, as a logarithm.
double distance(double one, double other) {
    if (one == other) return 0;
    if (one <= 0 || other <= 0) return std::numeric_limits<double>::max();
    return std::abs(std::log(one / other));
}

}  // namespace

void RateBook::note(TaskKind kind, const Digest& model, std::string_view facts) {
    const Json json = Json::parse(facts, nullptr, false);
    if (!json.is_object()) return;
    const std::optional<MeasuredTask> measured = measured_in(json);
    const auto device_class = json.find("device_class");
    if (!measured || device_class == json.end() || !device_class->is_string()) return;
    const Key key{kind, model, device_class->get<std::string>(), measured->workload.scale};
    auto found = rows_.find(key);
    if (found == rows_.end()) {
        if (rows_.size() == rows_max) return;
        found = rows_
                    .emplace(key,
                             TaskRate{.kind = kind,
                                      .model = model,
                                      .device_class = std::get<2>(key),
                                      .scale = measured->workload.scale})
                    .first;
    }
    TaskRate& row = found->second;
    row.tasks += 1;
    row.amount += measured->workload.amount;
    row.seconds += measured->elapsed_seconds;
    row.processor_seconds += measured->processor_seconds;
}

std::vector<TaskRate> RateBook::rows() const {
    std::vector<TaskRate> rows;
    rows.reserve(rows_.size());
    for (const auto& [key, row] : rows_) rows.push_back(row);
    return rows;
}

std::optional<MeasuredCost> measured_cost(std::span<const TaskRate> rates,
                                          TaskKind kind,
                                          const Digest& model,
                                          std::string_view device_class,
                                          const Workload& workload) {
    const TaskRate* nearest = nullptr;
    for (const TaskRate& rate : rates) {
        if (rate.kind != kind || rate.model != model || rate.amount <= 0) continue;
        if (!model.empty() && rate.device_class != device_class) continue;
        const bool is_nearer = nearest == nullptr || distance(rate.scale, workload.scale) <
                                                         distance(nearest->scale, workload.scale);
        if (is_nearer) nearest = &rate;
    }
    if (nearest == nullptr || workload.amount <= 0) return {};
    const double share = workload.amount / nearest->amount;
    return MeasuredCost{nearest->seconds * share, nearest->processor_seconds * share};
}

std::vector<std::string> device_classes_of(std::span<const TaskRate> rates) {
    std::map<std::string, double> seconds;
    for (const TaskRate& rate : rates) {
        if (rate.kind == TaskKind::sample) seconds[rate.device_class] += rate.seconds;
    }
    std::vector<std::pair<double, std::string>> sorted;
    for (const auto& [name, sum] : seconds) sorted.emplace_back(-sum, name);
    std::ranges::sort(sorted);
    std::vector<std::string> classes;
    for (auto& [sum, name] : sorted) classes.push_back(std::move(name));
    return classes;
}

}  // namespace nightreel

#include "scheduler/server/lease_parts.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/estimate/task_rates.h"
#include "pipeline/plan/rounds/round_facts.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

constexpr std::size_t part_bytes_max = 256 * 1024;
constexpr std::size_t part_items_max = 2'000;
constexpr std::size_t reason_bytes_max = 1'000;

// What its result tells; null where that is nothing.
Json facts_of(const Task& task) {
    if (task.state != TaskState::done) return {};
    const Json result = Json::parse(task.facts, nullptr, false);
    const Json facts = result.is_object() ? result.value("facts", Json()) : Json();
    return facts.is_object() ? facts : Json();
}

// Where the worker that published it says that it lies, relative to the output root. Earlier
// releases said where they saw it, and their root.
std::string folder_in(const Json& facts) {
    if (facts.is_null()) return {};
    const auto text = [&](const char* name) {
        const Json value = facts.value(name, Json());
        return value.is_string() ? value.get<std::string>() : std::string();
    };
    const std::filesystem::path folder = text("folder");
    if (!folder.is_absolute()) return folder.generic_string();
    return folder.lexically_relative(text("output_root")).generic_string();
}

std::string why_it_ended(const Task& task) {
    if (task.state == TaskState::cancelled) return fmt::format("{} was cancelled", task.spec.name);
    return fmt::format("{} failed ({}): {}", task.spec.name, name_of(task.error_kind), task.error);
}

// "sq010_sh0010.take01" of "sq010_sh0010.take01.publish".
std::string take_of(const Task& publish) {
    return publish.spec.name.substr(0, publish.spec.name.rfind('.'));
}

double elapsed_seconds_in(const Json& facts) {
    const Json measured = facts.is_null() ? Json() : facts.value(measured_fact, Json());
    const Json seconds = measured.is_object() ? measured.value("elapsed_seconds", Json()) : Json();
    return seconds.is_number() ? seconds.get<double>() : 0;
}

class Parts {
  public:
    explicit Parts(const wire::Attempt& attempt) : attempt_(attempt) {}

    wire::LeasePart& with_room_for(std::size_t bytes) {
        if (parts_.empty() || bytes_ + bytes > part_bytes_max || items_ == part_items_max) {
            const auto number = static_cast<std::uint32_t>(parts_.size() + 1);
            parts_.push_back({attempt_, number, {}, {}});
            bytes_ = items_ = 0;
        }
        bytes_ += bytes;
        ++items_;
        return parts_.back();
    }

    std::vector<wire::LeasePart> take() { return std::move(parts_); }

  private:
    wire::Attempt attempt_;
    std::vector<wire::LeasePart> parts_;
    std::size_t bytes_ = 0;
    std::size_t items_ = 0;
};

}  // namespace

std::vector<TakeOutcome> outcomes_for(const Job& job,
                                      const std::map<TaskIndex, TaskIndex>& blocked,
                                      const Task& dailies) {
    std::vector<TakeOutcome> outcomes;
    for (const TaskIndex index : dailies.spec.after) {
        const Task& publish = job.tasks.at(index);
        const Json facts = facts_of(publish);
        if (facts.contains(not_needed_fact)) continue;
        TakeOutcome& outcome = outcomes.emplace_back();
        const bool ranks = publish.spec.kind == TaskKind::rank;
        outcome.take = ranks ? publish.spec.name : take_of(publish);
        if (ranks && facts.contains(ranking_fact)) {
            outcome.ranking = facts[ranking_fact].dump();
            continue;
        }
        outcome.folder = folder_in(facts);
        if (!outcome.folder.empty()) continue;
        const auto blocking = blocked.find(index);
        const Task& cause = blocking == blocked.end() ? publish : job.tasks[blocking->second];
        const std::string reason = publish.state == TaskState::done
                                       ? "published, but the worker did not say where"
                                       : why_it_ended(cause);
        outcome.reason = plain_line(reason, reason_bytes_max);
    }
    return outcomes;
}

double device_seconds_of(const Job& job) {
    double seconds = 0;
    for (const Task& task : job.tasks) {
        if (!task.cached) seconds += elapsed_seconds_in(facts_of(task));
    }
    return seconds;
}

std::vector<wire::LeasePart> lease_parts(const wire::Attempt& attempt,
                                         std::vector<TakeOutcome> outcomes,
                                         std::vector<NightFile> night) {
    constexpr std::size_t item_bytes = 64;  // beside its texts
    Parts parts(attempt);
    for (TakeOutcome& outcome : outcomes) {
        const std::size_t bytes = outcome.take.size() + outcome.folder.size() +
                                  outcome.reason.size() + outcome.ranking.value_or("").size() +
                                  item_bytes;
        parts.with_room_for(bytes).outcomes.push_back(std::move(outcome));
    }
    for (NightFile& piece : night) {
        const std::size_t bytes = piece.name.size() + piece.text.size() + item_bytes;
        parts.with_room_for(bytes).night.push_back(std::move(piece));
    }
    return parts.take();
}

}  // namespace nightreel

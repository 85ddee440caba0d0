#include "plugins/manager_job.h"

#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

// Two shots, one of them long and with two takes.
JobIndex small_index() {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return job_index_of(plan_night(night, {.output_path = "/out", .versions = {}}));
}

std::vector<std::string> names_of(const ManagerJob& job) {
    std::vector<std::string> names;
    for (const Unit& unit : job.units) names.push_back(unit.name);
    return names;
}

}  // namespace

TEST_CASE("units of every grain hold each task once, in order, after what they need", "[plugins]") {
    const JobIndex index = small_index();
    std::map<std::string, std::vector<std::string>> needs;
    for (const JobTask& task : index.tasks) needs[task.name] = task.needs;
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        CAPTURE(word);
        const ManagerJob job = manager_job_of(index, grain, "/job");
        std::set<std::string> done;
        for (std::size_t at = 0; at < job.units.size(); ++at) {
            const Unit& unit = job.units[at];
            for (const std::uint32_t need : unit.needs) CHECK(need < at);
            std::set<std::string> at_hand;  // of the unit's needs and what it did itself
            for (const std::uint32_t need : unit.needs) {
                at_hand.insert(job.units[need].tasks.begin(), job.units[need].tasks.end());
            }
            for (const std::string& task : unit.tasks) {
                CHECK(done.insert(task).second);
                for (const std::string& need : needs.at(task)) CHECK(at_hand.contains(need));
                at_hand.insert(task);
            }
        }
        CHECK(done.size() == index.tasks.size());
    }
}

TEST_CASE("a grain says how much one unit does", "[plugins]") {
    const JobIndex index = small_index();
    CHECK(manager_job_of(index, Grain::task, "/job").units.size() == index.tasks.size());
    CHECK(names_of(manager_job_of(index, Grain::take, "/job")) ==
          std::vector<std::string>{
              "sh1.encode", "sh1.take01", "sh1.take02", "sh2.encode", "sh2.take01", "dailies"});
    CHECK(names_of(manager_job_of(index, Grain::shot, "/job")) ==
          std::vector<std::string>{"sh1", "sh2", "dailies"});
}

TEST_CASE("dailies are a unit after all that publish, however those end", "[plugins]") {
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        CAPTURE(word);
        const ManagerJob job = manager_job_of(small_index(), grain, "/job");
        const Unit& dailies = job.units.back();
        CHECK(dailies.name == dailies_task);
        CHECK(dailies.stage == dailies_task);
        CHECK(dailies.needs.empty());
        std::size_t published = 0;
        for (const std::uint32_t unit : dailies.after) {
            for (const std::string& task : job.units[unit].tasks) {
                published += task.ends_with(".publish") ? 1U : 0U;
            }
        }
        CHECK(published == 3);
    }
}

TEST_CASE("a take has the same number in every stage, and no number twice in one", "[plugins]") {
    const ManagerJob job = manager_job_of(small_index(), Grain::task, "/job");
    std::map<std::string, std::int64_t> number_of_take;
    std::set<std::pair<std::string, std::int64_t>> taken;
    for (const Unit& unit : job.units) {
        CHECK(taken.insert({unit.stage, unit.member}).second);
        const std::size_t take = unit.name.find(".take");
        if (take == std::string::npos) continue;
        const std::string name = unit.name.substr(0, take + 7);
        CHECK(number_of_take.emplace(name, unit.member).first->second == unit.member);
    }
}

TEST_CASE("a unit asks for the most memory and the sum of the time of its tasks", "[plugins]") {
    const JobIndex index = small_index();
    const ManagerJob job = manager_job_of(index, Grain::shot, "/job");
    double seconds = 0;
    std::int64_t memory = 0;
    for (const JobTask& task : index.tasks) {
        if (task.shot != "sh1") continue;
        seconds += task.cost.seconds;
        memory = std::max(memory, task.cost.memory_bytes);
    }
    CHECK(job.units[0].resources.seconds == Approx(seconds));
    CHECK(job.units[0].resources.memory_bytes == memory);
    for (const Unit& unit : manager_job_of(index, Grain::task, "/job").units) {
        const bool is_model_work =
            unit.stage == "encode" || unit.stage == "decode" || unit.stage.starts_with("sample");
        CHECK(unit.resources.runs_model == is_model_work);
    }
}

TEST_CASE("the grain left out is the smallest with five minutes a unit, else take", "[plugins]") {
    JobIndex index = small_index();
    CHECK(grain_for(index) == Grain::take);
    for (JobTask& task : index.tasks) task.cost.seconds = unit_seconds_min;
    CHECK(grain_for(index) == Grain::task);
    for (JobTask& task : index.tasks) task.cost.seconds = task.take == 0 ? unit_seconds_min : 10;
    CHECK(grain_for(index) == Grain::shot);
}

}  // namespace nightreel

#include "plugins/shell/shell.h"

#include <map>

#include <catch2/catch.hpp>

#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob job_of_takes() {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          Grain::take,
                          "/job");
}

std::vector<std::string> names_of(const ManagerJob& job) {
    std::vector<std::string> names;
    for (const Unit& unit : job.units) names.push_back(unit.name);
    return names;
}

std::map<std::string, UnitReport> reported(const std::string& told, ManagerReport* whole) {
    const ManagerJob job = job_of_takes();
    *whole = shell_manager().query(
        job,
        {},
        {.uuid = "6a01", .manager = "shell", .units = names_of(job)},
        [&](const auto& command, const auto&) {
            CHECK(command == std::vector<std::string>{"/job/./shell/status.sh", "6a01"});
            return CommandEnd{0, told, ""};
        });
    std::map<std::string, UnitReport> units;
    for (const UnitReport& unit : whole->units) units[unit.unit] = unit;
    return units;
}

}  // namespace

TEST_CASE("a run that is alive tells of every unit", "[plugins]") {
    ManagerReport whole;
    const auto units = reported(
        "alive\nrun host1 41\nbegin sh1.encode\nbegin sh2.encode\nend sh1.encode 0\n"
        "end sh2.encode 3\nbegin sh1.take01\n",
        &whole);
    CHECK(whole.ids == std::vector<std::string>{"host1.41"});
    CHECK(units.size() == job_of_takes().units.size());
    CHECK(units.at("sh1.encode").state == UnitState::done);
    CHECK(units.at("sh2.encode").state == UnitState::failed);
    CHECK(units.at("sh2.encode").reason == "exit code 3");
    CHECK(units.at("sh1.take01").state == UnitState::running);
    CHECK(units.at("sh1.take01").host == "host1");
    CHECK(units.at("sh1.take02").state == UnitState::waiting);
}

TEST_CASE("of a run that was killed only the units that ended are known", "[plugins]") {
    ManagerReport whole;
    const auto units =
        reported("run host1 41\nbegin sh1.encode\nend sh1.encode 0\nbegin sh2.encode\n", &whole);
    REQUIRE(units.size() == 1);
    CHECK(units.at("sh1.encode").state == UnitState::done);
    CHECK(whole.ids.empty());
    reported("", &whole);
    CHECK(whole.ids.empty());
    CHECK(whole.units.empty());
}

TEST_CASE("a run that was cancelled has cancelled what it did not end, until it runs again",
          "[plugins]") {
    ManagerReport whole;
    const std::string cancelled =
        "run host1 41\nbegin sh1.encode\nend sh1.encode 0\nbegin sh2.encode\ncancelled\n";
    auto units = reported(cancelled, &whole);
    CHECK(units.at("sh1.encode").state == UnitState::done);
    CHECK(units.at("sh2.encode").state == UnitState::cancelled);
    CHECK(units.at("dailies").state == UnitState::cancelled);
    units = reported("alive\n" + cancelled + "run host1 42\n", &whole);
    CHECK(units.at("sh2.encode").state == UnitState::waiting);
    CHECK(whole.ids == std::vector<std::string>{"host1.41", "host1.42"});
}

}  // namespace nightreel

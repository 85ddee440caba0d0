#include "plugins/unit_arrays.h"

#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob job_with_takes(const std::vector<std::int32_t>& takes,
                          Grain grain = Grain::task,
                          bool of_one_length = false) {
    std::vector<ResolvedShot> shots;
    for (std::size_t shot = 0; shot < takes.size(); ++shot) {
        const std::int32_t frames = of_one_length || shot % 2 == 0 ? 29 : 17;
        shots.push_back(shot_of("sh" + std::to_string(shot), frames, takes[shot]));
    }
    const ResolvedNight night = night_of(shots);
    return manager_job_of(
        job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})), grain, "/job");
}

// What a member of an array waits for, by the rules of the header.
std::pair<std::set<std::string>, std::set<std::string>> waited_for(
    const std::vector<UnitArray>& arrays, const UnitArray& array, std::int64_t number) {
    std::set<std::string> results;
    std::set<std::string> ends;
    for (const ArrayWait& wait : array.waits) {
        const UnitArray& other = arrays[wait.array];
        REQUIRE(&other < &array);
        std::vector<std::int64_t> numbers = wait.members;
        if (numbers.empty()) numbers = other.numbers();
        if (wait.what == ArrayWaitsFor::partners) numbers = {number};
        for (const std::int64_t wanted : numbers) {
            const auto found = std::ranges::find(other.members, wanted, &ArrayMember::number);
            REQUIRE(found != other.members.end());
            (wait.what == ArrayWaitsFor::ends ? ends : results).insert(found->unit->name);
        }
    }
    return {results, ends};
}

void check_arrays(const ManagerJob& job, std::int64_t numbers_end) {
    const std::vector<UnitArray> arrays = unit_arrays_of(job, numbers_end);
    std::set<std::string> names;
    std::set<std::string> units;
    const auto names_of = [&](const std::vector<std::uint32_t>& others) {
        std::set<std::string> found;
        for (const std::uint32_t other : others) found.insert(job.units[other].name);
        return found;
    };
    for (const UnitArray& array : arrays) {
        CHECK(names.insert(array.name).second);
        std::set<std::int64_t> numbers;
        for (const auto& [number, unit] : array.members) {
            CHECK(numbers.insert(number).second);
            CHECK((number >= 0 && number < numbers_end));
            CHECK(units.insert(unit->name).second);
            const auto [results, ends] = waited_for(arrays, array, number);
            CHECK(results == names_of(unit->needs));
            CHECK(ends == names_of(unit->after));
        }
    }
    CHECK(units.size() == job.units.size());
}

}  // namespace

TEST_CASE("a member of an array waits for the units that it needs and for no other", "[plugins]") {
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        for (const std::int64_t numbers_end : {1000, 3, 1}) {
            CAPTURE(word, numbers_end);
            check_arrays(job_with_takes({1, 1, 1, 1}, grain), numbers_end);
            check_arrays(job_with_takes({9}, grain), numbers_end);
            check_arrays(job_with_takes({2, 5, 1, 2}, grain), numbers_end);
        }
    }
}

TEST_CASE("units that are handed over again wait for what is handed over with them", "[plugins]") {
    const ManagerJob whole = job_with_takes({2, 3, 1});
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        CAPTURE(round);
        std::set<std::string> missing;
        for (const Unit& unit : whole.units) {
            if (random() % 3 == 0) missing.insert(unit.name);
        }
        check_arrays(only_units(whole, missing), round % 2 == 0 ? 1000 : 2);
    }
}

TEST_CASE("a night is as few arrays as its shots or their takes allow", "[plugins]") {
    const auto arrays_of_stage = [](const std::vector<std::int32_t>& takes) {
        std::map<std::string, std::size_t> counts;
        const ManagerJob job = job_with_takes(takes, Grain::task, true);
        for (const UnitArray& array : unit_arrays_of(job, 1000)) {
            ++counts[array.members[0].unit->stage];
        }
        return counts;
    };
    for (const auto& [stage, count] : arrays_of_stage({1, 1, 1, 1, 1, 1})) {
        CAPTURE(stage);
        CHECK(count == 1);
    }
    for (const char* stage : {"sample01", "sample02", "publish"}) {
        CAPTURE(stage);
        CHECK(arrays_of_stage({3, 3, 3, 3, 3}).at(stage) == 3);
        CHECK(arrays_of_stage({40}).at(stage) == 1);
        CHECK(arrays_of_stage({40, 40}).at(stage) == 2);
    }
}

}  // namespace nightreel

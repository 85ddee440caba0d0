#include "plugins/managers.h"

#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob exported(Grain grain) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          grain,
                          "/farm/it's a job");
}

}  // namespace

TEST_CASE("no two managers have one name, and a wrong name is answered with the nearest",
          "[plugins]") {
    const std::vector<std::string> names = farm_manager_names();
    CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    CHECK_THROWS_WITH(farm_manager_named("slrum"), Catch::Contains("did you mean slurm?"));
}

TEST_CASE("no manager's file replaces one that all have", "[plugins]") {
    const ManagerJob job = exported(Grain::task);
    for (const FarmManager& manager : farm_managers()) {
        for (const auto& [name, text] : manager.files(job, {}).texts) {
            CAPTURE(manager.name, name);
            CHECK_FALSE((name == "job.json" || name == "unit.sh" || name == "member.sh" ||
                         name == "README.md" || name.starts_with("units/") ||
                         name.starts_with("stages/") || name.starts_with("tasks/")));
            CHECK_FALSE(std::regex_search(text, std::regex("@[a-z]+@")));  // all marks were filled
        }
    }
}

TEST_CASE("the table of managers in the documents says which can be asked, and leaves none out",
          "[plugins]") {
    std::istringstream page(read_file("docs/farm_managers.md"));
    const auto cells_of = [&](const std::string& begin) {
        std::vector<std::string> cells;
        for (std::string line; std::getline(page, line);) {
            if (!line.starts_with(begin)) continue;
            std::istringstream words(line.substr(begin.size()));
            for (std::string cell; std::getline(words, cell, '|');) cells.push_back(cell);
            break;
        }
        return cells;
    };
    const std::vector<std::string> names = cells_of("| |");
    const std::vector<std::string> asked =
        cells_of("| `submit --to`, `status`, `cancel`, `retry` |");
    REQUIRE(names.size() == farm_managers().size());
    REQUIRE(asked.size() == names.size());
    const std::string readme = read_file("plugins/README.md");
    for (std::size_t at = 0; at < names.size(); ++at) {
        CAPTURE(names[at]);
        const std::string name = names[at].substr(2, names[at].size() - 4);  // " `slurm` "
        CHECK(asked[at].starts_with(" yes") == (farm_manager_named(name).query != nullptr));
        CHECK(readme.find("| `" + name + "` |") != std::string::npos);
    }
}

}  // namespace nightreel

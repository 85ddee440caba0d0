#include "plugins/managers.h"

#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "plugins/opencue/opencue.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob exported(Grain grain) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          grain,
                          "/farm/it's a job");
}

std::string text_of(const char* manager, const ManagerJob& job, const char* file) {
    return farm_manager_named(manager).files(job, {}).texts.at(file);
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

TEST_CASE("an OpenCue layer has one frame for each unit and waits frame by frame for partners",
          "[plugins]") {
    const ManagerJob job = exported(Grain::task);
    const std::string spec = text_of("opencue", job, "opencue.xml");
    const std::regex layer(
        "<layer name=\"sample02\" type=\"Render\">\n<cmd>[^\n]*</cmd>\n"
        "<range>0-1</range>\n<chunk>1</chunk>\n<cores>1</cores>\n"
        "<memory>[0-9]+m</memory>\n<gpus>1</gpus>\n<gpu_memory>[0-9]+m</gpu_memory>");
    CHECK(std::regex_search(spec, layer));
    const auto waits = [&](const std::string& how, const std::string& layer_name) {
        return spec.find("<depend type=\"" + how + "\" anyframe=\"False\">\n<depjob>" + job.show +
                         "</depjob>\n<deplayer>" + layer_name + "</deplayer>") != std::string::npos;
    };
    CHECK(waits("FRAME_BY_FRAME", "measure"));
    CHECK(waits("LAYER_ON_LAYER", "sample01"));  // two takes share an encode
    CHECK(spec.find("type=\"Post\"") == std::string::npos);
    CHECK(xml_text("a<b>&\"") == "a&lt;b&gt;&amp;&quot;");
}

TEST_CASE("on a farm of GPU hosts every OpenCue layer asks for a GPU", "[plugins]") {
    const auto gpus = [](const ManagersSection& site) {
        const std::string spec = farm_manager_named("opencue")
                                     .files(exported(Grain::task), site)
                                     .texts.at("opencue.xml");
        std::size_t count = 0;
        for (std::size_t at = spec.find("<gpus>"); at != std::string::npos;
             at = spec.find("<gpus>", at + 1)) {
            ++count;
        }
        return count;
    };
    ManagersSection site;
    const std::size_t of_model = gpus(site);
    site.opencue.every_layer_on_gpu = true;
    CHECK(gpus(site) == exported(Grain::task).stages.size());
    CHECK(of_model < gpus(site));
    site.device = "cpu";
    CHECK(gpus(site) == 0);
}

TEST_CASE("a task of Flamenco stands after what it needs", "[plugins]") {
    const ManagerJob job = exported(Grain::take);
    const Json flamenco = parse_json(text_of("flamenco", job, "flamenco.json"), "flamenco");
    CHECK(flamenco.at("settings").at("job_directory") == "/farm/it's a job");
    const Json units =
        parse_json(flamenco.at("settings").at("units").get<std::string>(), "units of flamenco");
    std::set<std::string> before;
    for (const Json& unit : units) {
        for (const Json& need : unit.at("needs")) CHECK(before.contains(need.get<std::string>()));
        before.insert(unit.at("name").get<std::string>());
    }
    CHECK(before.size() == job.units.size());
}

TEST_CASE("a block of Afanasy has tasks, and waits only for blocks that are there", "[plugins]") {
    const ManagerJob job = exported(Grain::task);
    const Json afanasy = parse_json(text_of("afanasy", job, "afanasy.json"), "afanasy");
    std::set<std::string> blocks;
    std::size_t tasks = 0;
    for (const Json& block : afanasy.at("job").at("blocks")) {
        CHECK(block.at("flags") == 0);
        CHECK(block.at("command") == "'/farm/it'\\''s a job/unit.sh' @#@");
        CHECK_FALSE(block.at("tasks").empty());
        tasks += block.at("tasks").size();
        const std::regex mask(block.value("depend_mask", std::string("nothing")));
        std::size_t matched = 0;
        for (const std::string& before : blocks)
            matched += std::regex_match(before, mask) ? std::size_t{1} : 0;
        CHECK((matched > 0) == block.contains("depend_mask"));
        blocks.insert(block.at("name").get<std::string>());
    }
    CHECK(tasks == job.units.size());
}

}  // namespace nightreel

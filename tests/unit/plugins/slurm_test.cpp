#include "plugins/slurm/slurm.h"

#include <algorithm>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "plugins/unit_files.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob job_of(Grain grain, std::int32_t takes = 2) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, takes), shot_of("sh2", 17)});
    return manager_job_of(
        job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})), grain, "/job");
}

std::string line_with(const std::string& text, const std::string& begin) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(begin)) return line;
    }
    FAIL("no line begins with " << begin);
    return {};
}

std::string submit_line(const ManagerJob& job,
                        const ManagersSection& site,
                        const std::string& stage) {
    return line_with(slurm_manager().files(job, site).texts.at("submit.sh"),
                     "submit " + stage + " ");
}

// What Slurm is said to know when squeue prints this.
ManagerReport reported(const ManagerJob& job, Submission submission, std::string output) {
    for (const Unit& unit : job.units) submission.units.push_back(unit.name);
    return slurm_manager().query(job, {}, submission, [&](const auto& command, const auto&) {
        CHECK(std::ranges::count(command, "squeue") == 1);
        return CommandEnd{0, std::move(output), ""};
    });
}

}  // namespace

TEST_CASE("an array says which of its members is which unit", "[plugins]") {
    const ManagerJob job = job_of(Grain::take, 7);
    CHECK(submit_line(job, {}, "take").find("--array=0-6 ") != std::string::npos);
    const auto texts = slurm_manager().files(job, {}).texts;
    CHECK(line_with(texts.at("slurm/arrays/take"), "2 ") == "2 sh1.take03");
    CHECK(line_with(texts.at("slurm/arrays/take-2"), "7 ") == "7 sh2.take01");
}

TEST_CASE("a member waits for its partner alone, or for the members that it needs", "[plugins]") {
    const std::string measure = submit_line(job_of(Grain::task), {}, "measure");
    CHECK(measure.find("--dependency=aftercorr:${id_decode} ") != std::string::npos);
    const std::string takes = submit_line(job_of(Grain::take, 7), {}, "take");
    CHECK(takes.find("--dependency=afterok:${id_encode}_0 ") != std::string::npos);
}

TEST_CASE("files of a later submission find the job directory above them", "[plugins]") {
    ManagerJob job = only_units(job_of(Grain::take), {"sh1.take02", "sh2.take01"});
    job.files = "submissions/2";
    const auto texts = slurm_manager().files(job, {}).texts;
    CHECK(texts.at("submit.sh").find("cd ../.. ") != std::string::npos);
    CHECK(texts.at("slurm/member.sh").find("\"$files/../../unit.sh\"") != std::string::npos);
    CHECK(texts.at("slurm/arrays/take") == "1 sh1.take02\n2 sh2.take01\n");
    CHECK(texts.at("submit.sh").find("--dependency") == std::string::npos);
}

TEST_CASE("dailies are made when all takes have ended, well or not", "[plugins]") {
    const std::string by_task = submit_line(job_of(Grain::task), {}, "dailies");
    CHECK(by_task.find("--dependency=afterany:${id_publish}") != std::string::npos);
    const std::string by_shot = submit_line(job_of(Grain::shot), {}, "dailies");
    CHECK(by_shot.find("--dependency=afterany:${id_shot} ") != std::string::npos);
}

TEST_CASE("a stage with more members than an array may have is cut, none is lost", "[plugins]") {
    const ManagerJob job = job_of(Grain::take, 7);
    ManagersSection site;
    site.slurm.array_max = 3;
    CHECK(submit_line(job, site, "take").find("--array=0-2 ") != std::string::npos);
    CHECK(submit_line(job, site, "take-3").find("--array=0 ") != std::string::npos);
    CHECK(line_with(slurm_manager().files(job, site).texts.at("slurm/arrays/take-3"), "0 ") ==
          "0 sh1.take07");
}

TEST_CASE("a unit asks for a GPU exactly when it runs the model on one", "[plugins]") {
    const ManagerJob job = job_of(Grain::task);
    ManagersSection site;
    CHECK(submit_line(job, site, "sample01").find("--gres=gpu:1") != std::string::npos);
    CHECK(submit_line(job, site, "proxy").find("--gres") == std::string::npos);
    site.device = "cpu";
    CHECK(submit_line(job, site, "sample01").find("--gres") == std::string::npos);
}

TEST_CASE("what a site sets stands in every submission, quoted", "[plugins]") {
    const ManagerJob job = job_of(Grain::take);
    ManagersSection site;
    site.slurm.partition = "night shift";
    site.slurm.licences = "nightreel:1";
    site.slurm.time_factor = 2;
    site.slurm.memory = false;
    site.slurm.options = {"--nice=100"};
    const std::string line = submit_line(job, site, "take");
    for (const char* option :
         {"'--partition=night shift'", "--licenses=nightreel:1", "--nice=100", "--time="}) {
        CAPTURE(option);
        CHECK(line.find(option) != std::string::npos);
    }
    CHECK(line.find("--mem=") == std::string::npos);
}

TEST_CASE("what Slurm says of a submission is found by its UUID", "[plugins]") {
    const ManagerJob job = job_of(Grain::take);
    const Submission submission{.uuid = "6a01", .manager = "slurm"};
    const ManagerReport report = reported(
        job,
        submission,
        "7|0|RUNNING|None|gpu1|someone's render /bin/sh 6a0\n"
        "9|N/A|PENDING|Resources|n/a|nightreel 6a01 encode (null)\n"
        "10|0|COMPLETED|None|gpu1|nightreel 6a01 encode /f/slurm/member.sh 6a01 encode /f\n"
        "10|1|FAILED|NonZeroExitCode|gpu|nightreel 6a01 encode /f/slurm/member.sh 6a01 encode /f\n"
        "11|0|PENDING|Resources|n/a|as the site wants it /f/slurm/member.sh 6a01 take /f\n"
        "11|1|COMPLETING|None|gpu2|nightreel 6a01 take /f/slurm/member.sh 6a01 take /f\n"
        "12|2|CANCELLED|DependencyNeverSatisfied|n/a|nightreel 6a01 take-2 (null)\n"
        "13|0|PENDING|BadConstraints|n/a|nightreel 6a01 dailies (null)\n"
        "14|0|RUNNING|None|gpu1|nightreel 6a02 dailies (null)\n");
    CHECK(report.ids == std::vector<std::string>{"10", "11", "12", "13"});
    std::map<std::string, UnitReport> units;
    for (const UnitReport& unit : report.units) units[unit.unit] = unit;
    CHECK(units.at("sh1.encode").state == UnitState::done);
    CHECK(units.at("sh2.encode").state == UnitState::failed);
    CHECK(units.at("sh2.encode").reason == "NonZeroExitCode");
    CHECK(units.at("sh2.encode").host == "gpu");
    CHECK(units.at("sh1.take01").state == UnitState::waiting);
    CHECK(units.at("sh1.take01").reason == "Resources");
    CHECK(units.at("sh1.take01").host.empty());
    CHECK(units.at("sh1.take02").state == UnitState::running);  // until its node is cleaned up
    CHECK(units.at("sh2.take01").state == UnitState::cancelled);
    CHECK(units.at("sh2.take01").reason == "DependencyNeverSatisfied");
    CHECK(units.at("dailies").state == UnitState::failed);
    CHECK(units.at("dailies").reason == "BadConstraints");
}

TEST_CASE("an array that was submitted twice is told of as it is in the second", "[plugins]") {
    const ManagerJob job = job_of(Grain::take);
    const ManagerReport report = reported(job,
                                          {.uuid = "6a01", .manager = "slurm"},
                                          "30|0|RUNNING|None|gpu1|nightreel 6a01 encode x\n"
                                          "8|0|CANCELLED|Priority|n/a|nightreel 6a01 encode x\n");
    REQUIRE(report.units.size() == 1);
    CHECK(report.units[0].state == UnitState::running);
    CHECK(report.ids == std::vector<std::string>{"8", "30"});
}

TEST_CASE("a later submission has the arrays of its own units", "[plugins]") {
    const ManagerJob job = job_of(Grain::take);
    const Submission second{
        .uuid = "6a01", .manager = "slurm", .units = {"sh1.take02", "sh2.take01"}};
    const ManagerReport report =
        slurm_manager().query(job, {}, second, [](const auto&, const auto&) {
            return CommandEnd{0, "41|2|RUNNING|None|gpu1|nightreel 6a01 take /f\n", ""};
        });
    REQUIRE(report.units.size() == 1);
    CHECK(report.units[0].unit == "sh2.take01");
}

TEST_CASE("what Slurm lost is not in its report, and no answer is no report", "[plugins]") {
    const ManagerJob job = job_of(Grain::take);
    const ManagerReport lost = reported(job,
                                        {.uuid = "6a01", .manager = "slurm"},
                                        "10|0|RUNNING|None|gpu1|nightreel 6a02 encode x\n");
    CHECK(lost.ids.empty());
    CHECK(lost.units.empty());
    CHECK_THROWS_WITH(
        slurm_manager().query(job,
                              {},
                              {.uuid = "6a01", .manager = "slurm"},
                              [](const auto&, const auto&) {
                                  return CommandEnd{1, "", "Unable to contact slurm controller"};
                              }),
        Catch::Contains("squeue: Unable to contact"));
}

TEST_CASE("unit.sh quotes what the site gave", "[plugins]") {
    ManagersSection site;
    site.program = "/opt/night reel/nightreel-render";
    site.models = {"/farm/models"};
    const auto files = unit_files(job_of(Grain::take), site);
    const std::string& script = files.at("unit.sh");
    CHECK(script.find("'/opt/night reel/nightreel-render'") != std::string::npos);
    CHECK(script.find("--models /farm/models") != std::string::npos);
    CHECK(files.at("units/sh1.encode") == "sh1.encode\n");
}

}  // namespace nightreel

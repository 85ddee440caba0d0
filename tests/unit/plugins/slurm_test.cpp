#include "plugins/slurm/slurm.h"

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

}  // namespace

TEST_CASE("each stage is one array over the takes that it has", "[plugins]") {
    const ManagerJob job = job_of(Grain::task);
    CHECK(submit_line(job, {}, "sample01").find("--array=0-2 ") != std::string::npos);
    CHECK(submit_line(job, {}, "sample02").find("--array=0-1 ") != std::string::npos);
    CHECK(unit_files(job, {}).at("stages/sample02") ==
          "0 sh1.take01.sample02\n1 sh1.take02.sample02\n");
}

TEST_CASE("a member waits for its partner alone where each has one, else for the stage",
          "[plugins]") {
    const ManagerJob job = job_of(Grain::task);
    const std::string decode = submit_line(job, {}, "measure");
    CHECK(decode.find("--dependency=aftercorr:$id_decode ") != std::string::npos);
    // Two takes of a shot share its encode.
    const std::string sample = submit_line(job, {}, "sample01");
    CHECK(sample.find("--dependency=afterok:$id_encode ") != std::string::npos);
}

TEST_CASE("dailies are made when all takes have ended, well or not", "[plugins]") {
    const std::string by_task = submit_line(job_of(Grain::task), {}, "dailies");
    CHECK(by_task.find("--dependency=afterany:$id_publish ") != std::string::npos);
    const std::string by_shot = submit_line(job_of(Grain::shot), {}, "dailies");
    CHECK(by_shot.find("--dependency=afterany:$id_shot ") != std::string::npos);
}

TEST_CASE("a stage with more members than an array may have is cut, none is lost", "[plugins]") {
    const ManagerJob job = job_of(Grain::take, 7);
    ManagersSection site;
    site.slurm.array_max = 3;
    CHECK(submit_line(job, site, "take").find("submit take take 0 --array=0-2 ") == 0);
    CHECK(submit_line(job, site, "take-2").find("submit take-2 take 6 --array=0-1 ") == 0);
    CHECK(submit_line(job, site, "take-2").find("--dependency=afterok:$id_encode ") !=
          std::string::npos);
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

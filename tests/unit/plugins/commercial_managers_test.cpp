#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "plugins/deadline/deadline_query.h"
#include "plugins/key_values.h"
#include "plugins/managers.h"
#include "plugins/tractor/tractor.h"
#include "shotspec/base/error.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

ManagerJob two_takes_and_one(Grain grain) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          grain,
                          "/farm/it's a job");
}

std::map<std::string, std::string> lines_of(const ManagerJob& job,
                                            const ManagersSection& site,
                                            const std::string& file) {
    const ManagerFiles files = farm_manager_named("deadline").files(job, site);
    std::istringstream text(files.texts.at("deadline/jobs/" + file));
    std::map<std::string, std::string> lines;
    for (std::string line; std::getline(text, line);) {
        const std::size_t equals = line.find('=');
        REQUIRE(lines.emplace(line.substr(0, equals), line.substr(equals + 1)).second);
    }
    return lines;
}

std::string written(const char* manager, const ManagerJob& job, const char* file) {
    return farm_manager_named(manager).files(job, {}).texts.at(file);
}

const Submission submission{
    .uuid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", .manager = "deadline", .units = {}};

}  // namespace

TEST_CASE("a frame of a Deadline job is a unit, and waits as the jobs were cut", "[plugins]") {
    const ManagerJob job = two_takes_and_one(Grain::task);
    std::map<std::string, int> seen;
    for (const FrameJob& frames : deadline_jobs_of(job)) {
        CAPTURE(frames.name);
        const auto info = lines_of(job, {}, frames.name + ".job");
        const auto plugin = lines_of(job, {}, frames.name + ".plugin");
        std::vector<std::int64_t> numbers;
        for (const ArrayMember& frame : frames.frames) {
            numbers.push_back(frame.number);
            ++seen[plugin.at(fmt::format("Unit{}", frame.number))];
        }
        CHECK(info.at("Frames") == number_ranges(numbers));
        CHECK(info.at("ChunkSize") == "1");
        CHECK(info.at("IsFrameDependent") == (frames.waits_by_frame ? "true" : "false"));
        CHECK(info.at("ResumeOnFailedDependencies") == (frames.waits_for_ends ? "true" : "false"));
    }
    CHECK(seen.size() == job.units.size());
    for (const Unit& unit : job.units) CHECK(seen[unit.name] == 1);
    CHECK(lines_of(job, {}, "publish.job").at("OutputDirectory0").starts_with("/out/aurora/"));
}

TEST_CASE("a retry of some units keeps their numbers, and its files name their own folder",
          "[plugins]") {
    const ManagerJob whole = two_takes_and_one(Grain::take);
    ManagerJob job = only_units(whole, {"sh2.take01", "dailies"});
    job.files = "submissions/2";
    const auto info = lines_of(job, {}, "take.job");
    CHECK(info.at("IsFrameDependent") == "false");  // what it needs is done
    CHECK(info.at("CustomPluginDirectory") == "/farm/it's a job/submissions/2/deadline/plugins");
    const auto plugin = lines_of(job, {}, "take.plugin");
    CHECK(plugin.at("JobDirectory") == "/farm/it's a job");
    CHECK(plugin.at("Unit" + info.at("Frames")) == "sh2.take01");
    CHECK(written("tractor", job, "tractor/unit.sh").find("/../../..\" && pwd") !=
          std::string::npos);
    CHECK(written("royal_render", job, "royal_render/night.xml").find("<SeqStart>2</SeqStart>") !=
          std::string::npos);
}

TEST_CASE("what a site says of Deadline stands in the jobs that it is for", "[plugins]") {
    ManagersSection site;
    site.deadline.pool = "nights";
    site.deadline.group = "all";
    site.deadline.model_group = "gpu24";
    site.deadline.limits = {"nightreel", "denoise"};
    site.deadline.time_factor = 2;
    site.deadline.errors_max = 3;
    site.deadline.plugin_installed = true;
    site.deadline.options = {"Department=fx"};
    const ManagerJob job = two_takes_and_one(Grain::task);
    const auto sample = lines_of(job, site, "sample01.job");
    const auto proxy = lines_of(job, site, "proxy.job");
    CHECK(sample.at("Group") == "gpu24");
    CHECK(proxy.at("Group") == "all");
    CHECK(sample.at("LimitGroups") == "nightreel,denoise");
    CHECK(proxy.count("LimitGroups") == 0);
    CHECK(sample.at("Pool") == "nights");
    CHECK(sample.at("FailureDetectionTaskErrors") == "3");
    CHECK(sample.at("Department") == "fx");
    CHECK(std::stoll(sample.at("TaskTimeoutSeconds")) > 600);
    CHECK(sample.count("CustomPluginDirectory") == 0);
}

TEST_CASE("Deadline's jobs are found by their UUID, and tasks are units by their order",
          "[plugins]") {
    const ManagerJob job = two_takes_and_one(Grain::take);
    // Encodes are done, takes are at work, dailies wait; and an older submission of the same night.
    std::string jobs =
        "ID=old\nJobName=nightreel aurora take\nComment=nightreel x\nStatus=Failed\n\n";
    std::map<std::string, std::string> tasks_of;
    std::size_t takes = 0;
    for (const FrameJob& frames : deadline_jobs_of(job)) {
        const std::string& stage = frames.frames.front().unit->stage;
        const std::string status = stage == "encode" ? "Completed"
                                   : stage == "take" ? "Active"
                                                     : "Pending";
        jobs += fmt::format(
            "ID=id.{0}\r\nJobName=nightreel aurora {0}\r\nComment=nightreel {1}\r\n"
            "Status={2}\r\n\r\n",
            frames.name,
            submission.uuid,
            status);
        std::string& tasks = tasks_of["id." + frames.name];
        for (std::size_t at = 0; at < frames.frames.size() && stage == "take"; ++at) {
            constexpr std::array<const char*, 3> endings{
                "Completed", "Rendering\nTaskRenderStatus=Error: none", "Failed\nTaskErrorCount=5"};
            tasks += fmt::format("TaskId={}\nTaskStatus={}\nTaskSlaveName=node{}\n\n",
                                 at,
                                 endings.at(takes % 3),
                                 takes);
            ++takes;
        }
    }
    std::vector<std::string> asked;
    const ManagerReport report = deadline_query(
        job, {}, submission, [&](const std::vector<std::string>& command, const std::string&) {
            asked.push_back(command.at(1));
            const bool of_job = command.at(1) == "GetJobTasks";
            return CommandEnd{
                .code = 0, .output = of_job ? tasks_of.at(command.at(2)) : jobs, .errors = {}};
        });
    CHECK(report.ids.size() == tasks_of.size());
    CHECK(std::ranges::count(report.ids, "old") == 0);
    std::map<UnitState, int> states;
    std::set<std::string> units;
    for (const UnitReport& unit : report.units) {
        units.insert(unit.unit);
        ++states[unit.state];
        if (unit.state == UnitState::failed) CHECK(unit.reason == "5 errors");
        if (unit.state == UnitState::running) CHECK(unit.host == "node1");
        if (unit.state == UnitState::waiting) CHECK(unit.unit + unit.reason == "dailiesPending");
    }
    CHECK(units.size() == job.units.size());
    CHECK(states == std::map<UnitState, int>{{UnitState::waiting, 1},
                                             {UnitState::running, 1},
                                             {UnitState::done, 3},
                                             {UnitState::failed, 1}});
    // Only a job that is at work is asked for its tasks: each question costs seconds.
    const auto questions = std::ranges::count(asked, "GetJobTasks");
    CHECK(questions ==
          std::ranges::count_if(tasks_of, [](const auto& one) { return !one.second.empty(); }));
}

TEST_CASE("a Deadline that does not answer is unreachable, not without jobs", "[plugins]") {
    const ManagerJob job = two_takes_and_one(Grain::take);
    const auto says = [](int code, const std::string& output) {
        return [code, output](const std::vector<std::string>&, const std::string&) {
            return CommandEnd{.code = code, .output = output, .errors = {}};
        };
    };
    // Also where the exit code says otherwise: else the night would be handed over twice.
    for (const int code : {0, 1}) {
        CHECK_THROWS_WITH(
            deadline_query(job, {}, submission, says(code, "x\nError: no connection\nat Client")),
            "deadlinecommand GetJobsFilterIni: Error: no connection");
    }
    CHECK_THROWS_WITH(deadline_query(job, {}, submission, says(1, "")),
                      "deadlinecommand GetJobsFilterIni: exit code 1");
    CHECK(deadline_query(job, {}, submission, says(0, "")).ids.empty());
}

TEST_CASE("records end at empty lines, at brackets, and where their first key returns",
          "[plugins]") {
    CHECK(key_values_of("").empty());
    CHECK(key_values_of("no record\n\n\n").empty());
    const auto records = key_values_of("[a]\nID = 1\r\nB=x=y\n[b]\nID=2\n\nId=3\nB=\nID=4");
    REQUIRE(records.size() == 4);
    CHECK(records[0] == KeyValues{{"id", "1"}, {"b", "x=y"}});
    CHECK(value_of(records[2], {"b", "id"}) == "3");
    CHECK(value_of(records[3], {"b"}).empty());
}

TEST_CASE("a task of Tractor names only tasks that stand before it, once each", "[plugins]") {
    const ManagerJob job = two_takes_and_one(Grain::task);
    const std::string alf = written("tractor", job, "tractor/night.alf");
    std::set<std::string> before;
    std::istringstream lines(alf);
    const std::regex task("    Task (\\S+) -subtasks \\{");
    const std::regex instance("        Instance (\\S+)");
    std::smatch match;
    std::size_t instances = 0;
    std::string current;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_match(line, match, task)) {
            if (!current.empty()) before.insert(current);
            current = match[1];
            CHECK(before.count(current) == 0);
        } else if (std::regex_match(line, match, instance)) {
            CHECK(before.count(match[1]) == 1);
            ++instances;
        }
    }
    std::size_t waits = 0;
    for (const Unit& unit : job.units) waits += unit.needs.size() + unit.after.size();
    CHECK(instances == waits);
    CHECK(before.size() + 1 == job.units.size());
}

TEST_CASE("a word of Tcl is one word, whatever is in it", "[plugins]") {
    CHECK(tcl_word("plain-1.0/x") == "plain-1.0/x");
    CHECK(tcl_word("") == "{}");
    CHECK(tcl_word("two words $x [y]") == "{two words $x [y]}");
    CHECK(tcl_word("a {b} c") == "{a {b} c}");
    CHECK(tcl_word("}{") == "\\}\\{");
    CHECK(tcl_word("back\\slash") == "back\\\\slash");
}

TEST_CASE("a job of Royal Render waits for earlier jobs of the file, by their numbers",
          "[plugins]") {
    const auto jobs_and_waits = [](const ManagerJob& job) {
        std::istringstream lines(written("royal_render", job, "royal_render/night.xml"));
        std::pair<int, std::size_t> counts;
        std::smatch match;
        const std::regex number("<(WaitForPreID|PreID)>([0-9]+)</\\1>");
        for (std::string line; std::getline(lines, line);) {
            if (!std::regex_match(line, match, number)) continue;
            if (match[1] == "PreID") {
                CHECK(std::stoi(match[2]) == counts.first);
                ++counts.first;
            } else {
                CHECK(std::stoi(match[2]) < counts.first - 1);
                ++counts.second;
            }
        }
        return counts;
    };
    const ManagerJob job = two_takes_and_one(Grain::task);
    std::size_t waits = 0;
    for (const Unit& unit : job.units) waits += unit.needs.size() + unit.after.size();
    CHECK(jobs_and_waits(job) == std::pair(static_cast<int>(job.units.size()), waits));
    // Many units: one job a stage.
    const ResolvedNight night = night_of({shot_of("sh1", 29, 50)});
    const ManagerJob many =
        manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                       Grain::task,
                       "/job");
    REQUIRE(many.units.size() > 256);
    CHECK(written("royal_render", many, "royal_render/night.xml")
              .find("<SeqFrameSet>0-49</SeqFrameSet>") != std::string::npos);
    CHECK(jobs_and_waits(many).first == static_cast<int>(many.stages.size()));
}

TEST_CASE("a night with more stages than Royal Render can wait for is refused with a remedy",
          "[plugins]") {
    const ResolvedNight night = night_of({shot_of("sh1", 3200)});
    const ManagerJob job =
        manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                       Grain::task,
                       "/job");
    REQUIRE(job.stages.size() > 256);
    CHECK_THROWS_WITH(farm_manager_named("royal_render").files(job, {}),
                      Catch::Contains("use --grain take or shot"));
}

}  // namespace nightreel

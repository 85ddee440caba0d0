#include "plugins/flamenco/flamenco.h"

#include <map>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plugins/asked_manager.h"

namespace nightreel {
namespace {

Json flamenco_job_of(const ManagerJob& job, const ManagersSection& site = {}) {
    return parse_json(flamenco_manager().files(job, site).texts.at("flamenco.json"), "flamenco");
}

// A Manager's answers by the end of the address, as curl prints them.
RunCommand manager_with(std::map<std::string, std::pair<int, std::string>> answers) {
    return [answers = std::move(answers)](const std::vector<std::string>& command,
                                          const std::string&) {
        CHECK(command.front() == "curl");
        CommandEnd end;
        for (const std::string& word : command) {
            const std::string api = "http://localhost:8080/api/v3/";
            if (!word.starts_with(api)) continue;
            const auto found = answers.find(word.substr(api.size()));
            if (found == answers.end()) FAIL("asked for " << word);
            end.output += fmt::format("{}\x1e{}\n", found->second.second, found->second.first);
        }
        return end;
    };
}

std::string flamenco_job(const std::string& uuid, const std::string& more = {}) {
    return R"({"id":"aa-1","name":"nightreel test","type":"nightreel","priority":50,)"
           R"("submitter_platform":"linux","status":"active","activity":"","created":"2026-12-01",)"
           R"("updated":"2026-12-01","steps_completed":0,"steps_total":0,)"
           R"("settings":{"units":"[]"},"metadata":{"nightreel.submission":")" +
           uuid + "\"}" + more + "}";
}

std::string flamenco_task(const char* id, const char* name, const char* status) {
    return fmt::format(
        R"({{"id":"{}","index_in_job":1,"name":"{}","priority":50,"status":"{}",)"
        R"("task_type":"misc","updated":"2026-12-01T01:00:00Z","steps_completed":0,)"
        R"("steps_total":0,"worker":{{"id":"w","name":"gpu07","address":"10.0.0.7"}}}})",
        id,
        name,
        status);
}

}  // namespace

TEST_CASE("a unit of Flamenco stands after what it needs", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::task);
    const Json flamenco = flamenco_job_of(job);
    CHECK(flamenco.at("settings").at("job_directory") == "/farm/it's a job");
    const Json units =
        parse_json(flamenco.at("settings").at("units").get<std::string>(), "units of flamenco");
    REQUIRE(units.size() == job.units.size());
    for (std::size_t at = 0; at < units.size(); ++at) {
        CHECK(units[at][0] == job.units[at].name);
        CHECK(units[at][2].size() == job.units[at].needs.size() + job.units[at].after.size());
        for (const Json& before : units[at][2]) CHECK(before.get<std::size_t>() < at);
    }
}

TEST_CASE("workers of Flamenco take all units, unless the site says which have a GPU",
          "[plugins]") {
    const auto types = [](const ManagersSection& site) {
        std::map<std::string, std::string> type_of;
        const Json job = flamenco_job_of(handed_over_night(Grain::task), site);
        const Json units = parse_json(job.at("settings").at("units").get<std::string>(), "units");
        for (const Json& unit : units) type_of[unit[0]] = unit[1];
        return type_of;
    };
    ManagersSection site;
    CHECK(types(site).at("sh1.take01.sample01") == "misc");  // what workers take by default
    site.flamenco.model_task_type = "gpu";
    CHECK(types(site).at("sh1.take01.sample01") == "gpu");
    CHECK(types(site).at("sh1.take01.proxy") == "misc");
    CHECK_FALSE(flamenco_job_of(handed_over_night(Grain::take), site).contains("worker_tag"));
    site.flamenco.worker_tag = "c0ffee";
    CHECK(flamenco_job_of(handed_over_night(Grain::take), site).at("worker_tag") == "c0ffee");
}

TEST_CASE("tasks of Flamenco are reported as units, found by the UUID alone", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const std::string tasks = flamenco_task("t1", "sh1.encode", "completed") + "," +
                              flamenco_task("t2", "sh1.take01", "active") + "," +
                              flamenco_task("t3", "sh1.take02", "failed") + "," +
                              flamenco_task("t4", "sh2.encode", "soft-failed") + "," +
                              flamenco_task("t5", "sh2.take01", "canceled") + "," +
                              flamenco_task("t6", "dailies", "queued");
    const std::pair<std::string, std::pair<int, std::string>> list{
        "jobs",
        {200, R"({"jobs":[)" + flamenco_job("other") + "," + flamenco_job(asked_uuid) + "]}\n"}};
    const std::map<std::string, std::pair<int, std::string>> answers{
        list,
        {"jobs/aa-1", {200, flamenco_job(asked_uuid)}},
        {"jobs/aa-1/tasks", {200, R"({"tasks":[)" + tasks + "]}\n"}},
        {"tasks/t3", {200, R"({"id":"t3","activity":"exit status 3"})"}}};
    for (const std::vector<std::string>& ids : {std::vector<std::string>{}, {"aa-1"}}) {
        const ManagerReport report =
            flamenco_manager().query(job, {}, submission_of(job, ids), manager_with(answers));
        CHECK(report.ids == std::vector<std::string>{"aa-1"});
        CHECK(report.units.size() == 6);
        CHECK(report_of(report, "sh1.encode").state == UnitState::done);
        CHECK(report_of(report, "sh1.take01").state == UnitState::running);
        CHECK(report_of(report, "sh1.take01").host == "gpu07");
        CHECK(report_of(report, "sh1.take02").state == UnitState::failed);
        CHECK(report_of(report, "sh1.take02").reason == "exit status 3");
        CHECK(report_of(report, "sh2.encode").state == UnitState::waiting);
        CHECK(report_of(report, "sh2.encode").reason == "soft-failed");
        CHECK(report_of(report, "sh2.take01").state == UnitState::cancelled);
        CHECK(report_of(report, "dailies").state == UnitState::waiting);
    }
}

TEST_CASE("a job that Flamenco has forgotten or deletes is not known", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const auto asked =
        [&](const std::vector<std::string>& ids, int status, const std::string& body) {
            const std::string address = ids.empty() ? "jobs" : "jobs/" + ids.front();
            return flamenco_manager().query(
                job, {}, submission_of(job, ids), manager_with({{address, {status, body}}}));
        };
    CHECK(asked({}, 200, R"({"jobs":null})").ids.empty());
    CHECK(asked({"aa-1"}, 404, R"({"code":404,"message":"no such job"})").ids.empty());
    const std::string deleted = flamenco_job(asked_uuid, R"(,"delete_requested_at":"2026-12-01")");
    CHECK(asked({"aa-1"}, 200, deleted).ids.empty());
}

TEST_CASE("a Flamenco Manager that does not answer is no night that it has forgotten",
          "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const auto kind_of = [&](const RunCommand& run) {
        try {
            flamenco_manager().query(job, {}, submission_of(job), run);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::internal;
    };
    CHECK(kind_of(no_answer) == ErrorKind::unreachable);
    CHECK(kind_of(manager_with({{"jobs", {503, R"({"code":503,"message":"busy"})"}}})) ==
          ErrorKind::unreachable);
    CHECK(kind_of(manager_with({{"jobs", {200, "<html>"}}})) == ErrorKind::unreachable);
    CHECK(kind_of(manager_with({{"jobs", {200, "{}"}}})) == ErrorKind::unreachable);
}

}  // namespace nightreel

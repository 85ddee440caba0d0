#include "plugins/openjd/deadline_cloud.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

constexpr const char* job_id = "job-0123456789abcdef0123456789abcdef";

ManagerJob one_shot() {
    const ResolvedNight night = night_of({shot_of("sh1", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          Grain::take,
                          "/job");
}

// What `deadline job get` says of a job, as deadline 0.60 prints it.
std::string job_text(const std::string& created, const std::string& status) {
    return "jobId: " + std::string(job_id) + "\nname: demo 0b6f5e0e\nlifecycleStatus: " + created +
           "\nlifecycleStatusMessage: the template is wrong\ntaskRunStatus: " + status +
           "\ntaskRunStatusCounts:\n  PENDING: 0\nestimatedTimeRemaining: N/A\n";
}

struct Asked {
    ManagerReport report;
    std::vector<std::string> command;
};

Asked ask(const CommandEnd& end, std::vector<std::string> ids = {}) {
    Asked asked;
    const Submission handed_over{.uuid = "0b6f5e0e", .manager = "openjd", .ids = std::move(ids)};
    asked.report = ask_deadline_cloud(
        one_shot(), {}, handed_over, [&](const std::vector<std::string>& command, const auto&) {
            asked.command = command;
            return end;
        });
    return asked;
}

}  // namespace

TEST_CASE("a job is asked for by its id, else by the UUID in its name", "[plugins]") {
    const CommandEnd end{.code = 0, .output = job_text("CREATE_COMPLETE", "RUNNING"), .errors = ""};
    CHECK(ask(end).command == std::vector<std::string>{"deadline", "job", "get", "0b6f5e0e"});
    const Asked known = ask(end, {job_id});
    CHECK(known.command == std::vector<std::string>{"deadline", "job", "get", "--job-id", job_id});
    CHECK(known.report.ids == std::vector<std::string>{job_id});
}

TEST_CASE("every unit has the state of the job", "[plugins]") {
    const auto state = [](const char* created, const char* status) {
        const ManagerReport report =
            ask({.code = 0, .output = job_text(created, status), .errors = ""}).report;
        REQUIRE(report.units.size() == one_shot().units.size());
        return report.units.back().state;
    };
    CHECK(state("CREATE_COMPLETE", "READY") == UnitState::waiting);
    CHECK(state("CREATE_COMPLETE", "RUNNING") == UnitState::waiting);
    CHECK(state("CREATE_COMPLETE", "SUCCEEDED") == UnitState::done);
    CHECK(state("CREATE_COMPLETE", "CANCELED") == UnitState::cancelled);
    CHECK(state("CREATE_COMPLETE", "FAILED") == UnitState::failed);
    CHECK(state("CREATE_FAILED", "PENDING") == UnitState::failed);
    const ManagerReport refused =
        ask({.code = 0, .output = job_text("CREATE_FAILED", "PENDING"), .errors = ""}).report;
    CHECK(refused.units[0].reason == "the job is CREATE_FAILED: the template is wrong");
}

TEST_CASE("a job that is not there is told from a service that does not answer", "[plugins]") {
    CHECK(ask({.code = 0, .output = "No jobs found matching \"0b6f5e0e\"\n", .errors = ""})
              .report.ids.empty());
    CHECK(ask({.code = 1,
               .output = "Failed to get Job from Deadline:\nAn error occurred "
                         "(ResourceNotFoundException) when calling the GetJob operation",
               .errors = ""})
              .report.ids.empty());
    CHECK_THROWS_WITH(ask({.code = 1, .output = "", .errors = "no credentials"}),
                      Catch::Contains("no credentials"));
}

}  // namespace nightreel

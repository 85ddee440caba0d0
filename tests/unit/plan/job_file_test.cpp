#include "pipeline/plan/job_file.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

std::string job_text() {
    const ResolvedNight night = night_of({shot_of("sh1", 29), shot_of("sh2", 17)});
    return to_json_text(make_job_file(plan_night(night, {.output_path = "/out", .versions = {}})));
}

ErrorKind refusal_of(const std::string& text) {
    try {
        job_file_from_json(text);
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("the job file was not refused");
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("a job file that is written and read is the same", "[plan]") {
    const std::string text = job_text();
    CHECK(to_json_text(job_file_from_json(text)) == text);
    CHECK(job_file_from_json(text).roots == Roots{{"out", "/out"}});
}

TEST_CASE("a task of a job is found by its name", "[plan]") {
    const JobFile job = job_file_from_json(job_text());
    CHECK(kind_of(task_named(job, "sh2.take01.decode").order) == TaskKind::decode);
    CHECK(task_named(job, "sh1.take01.sample02").needs ==
          std::vector<std::string>{"sh1.encode", "sh1.take01.sample01"});
    CHECK_THROWS_AS(task_named(job, "sh3.encode"), Error);
}

TEST_CASE("an order that was changed after its digest was taken is refused as corrupt", "[plan]") {
    Json json = parse_json(job_text(), "job");
    json["tasks"][1]["task"]["order"]["seed"] = 8;
    CHECK(refusal_of(json.dump()) == ErrorKind::corrupt);
}

TEST_CASE("a job file of the wrong shape is refused with its place", "[plan]") {
    const Json good = parse_json(job_text(), "job");
    Json json = good;
    json["format"] = 2;
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][1]["needs"] = Json::array({"sh2.encode"});
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][1]["name"] = "sh1.encode";
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][0] = 3;
    CHECK_THROWS_WITH(job_file_from_json(json.dump()), Catch::Contains("tasks[0]"));
    CHECK(refusal_of("[]") == ErrorKind::bad_input);
    CHECK(refusal_of("{") == ErrorKind::bad_input);
}

}  // namespace nightreel

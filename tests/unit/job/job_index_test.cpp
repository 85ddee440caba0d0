#include "pipeline/job/job_index.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

NightPlan job_plan() {
    const ResolvedNight night = night_of({shot_of("sh1", 29), shot_of("sh2", 17)});
    return plan_night(night, {.output_path = "/out", .versions = {}});
}

std::string index_text() {
    return to_json_text(job_index_of(job_plan()));
}

ErrorKind refusal_of(const std::string& text) {
    try {
        job_index_from_json(text);
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("the index was not refused");
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("a job index that is written and read is the same", "[plan]") {
    const std::string text = index_text();
    CHECK(to_json_text(job_index_from_json(text)) == text);
    CHECK(job_index_from_json(text).roots == Roots{{"out", "/out"}});
}

TEST_CASE("a task of a job is found by its name", "[plan]") {
    const JobIndex job = job_index_from_json(index_text());
    CHECK(task_named(job, "sh2.take01.decode").kind == TaskKind::decode);
    CHECK(task_named(job, "sh1.take01.sample02").needs ==
          std::vector<std::string>{"sh1.encode", "sh1.take01.sample01"});
    CHECK_THROWS_AS(task_named(job, "sh3.encode"), Error);
}

TEST_CASE("publish tasks of an index say where the take goes, no others do", "[plan]") {
    const NightPlan plan = job_plan();
    const JobIndex job = job_index_from_json(index_text());
    REQUIRE(job.tasks.size() == plan.graph.tasks.size());
    for (std::size_t at = 0; at < job.tasks.size(); ++at) {
        const auto* publish = std::get_if<PublishOrder>(&plan.graph.tasks[at].order);
        CHECK(job.tasks[at].folder.has_value() == (publish != nullptr));
        if (publish != nullptr) CHECK(job.tasks[at].folder == publish->folder);
    }
}

TEST_CASE("an order that was changed after its digest was taken is refused as corrupt", "[plan]") {
    const NightPlan plan = job_plan();
    const JobTask task = job_index_of(plan).tasks[1];
    const std::string text = to_json_text(plan.graph.tasks[1].order);
    CHECK(digest_of(order_of_job(task, text)) == task.digest);
    Json changed = parse_json(text, "order");
    changed["order"]["seed"] = 8;
    try {
        order_of_job(task, changed.dump());
        FAIL("the order was not refused");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("a job index of the wrong shape is refused with its place", "[plan]") {
    const Json good = parse_json(index_text(), "job");
    Json json = good;
    json["format"] = 1;
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][1]["needs"] = Json::array({"sh2.encode"});
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][1]["name"] = "sh1.encode";
    CHECK(refusal_of(json.dump()) == ErrorKind::bad_input);
    json = good;
    json["tasks"][0] = 3;
    CHECK_THROWS_WITH(job_index_from_json(json.dump()), Catch::Contains("tasks[0]"));
    CHECK(refusal_of("[]") == ErrorKind::bad_input);
    CHECK(refusal_of("{") == ErrorKind::bad_input);
}

}  // namespace nightreel

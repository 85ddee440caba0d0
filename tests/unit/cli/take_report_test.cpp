#include "cli/night/take_report.h"

#include <catch2/catch.hpp>

namespace nightreel::cli {
namespace {

Json row(const std::string& task, const std::string& state) {
    return {{"task", task}, {"state", state}, {"kind", "sample"}};
}

Json blocked_row(const std::string& task, const std::string& by, const std::string& state) {
    Json json = row(task, "waiting");
    json["blocked_by"] = {{"task", by}, {"state", state}};
    if (state != "failed") return json;
    json["error_kind"] = "bad_input";
    json["error"] = "no such model";
    return json;
}

}  // namespace

TEST_CASE("a take that waits for a failed task has failed, with that task's reason", "[cli]") {
    Json failed = row("sh1.encode", "failed");
    failed["error_kind"] = "bad_input";
    failed["error"] = "no such model";
    const auto takes = takes_of({failed,
                                 blocked_row("sh1.take01.sample01", "sh1.encode", "failed"),
                                 blocked_row("sh1.take01.publish", "sh1.encode", "failed"),
                                 row("sh2.take01.sample01", "waiting"),
                                 row("sh2.take01.publish", "waiting"),
                                 blocked_row("sh3.take01.publish", "sh1.encode", "cancelled")});
    REQUIRE(takes.size() == 3);
    CHECK(takes[0].state == "failed");
    CHECK(takes[0].failed_task == "sh1.encode");
    CHECK(takes[0].error == "no such model");
    CHECK(takes[1].state == "waiting");
    CHECK(takes[1].failed_task.empty());
    CHECK(takes[2].state == "cancelled");
}

TEST_CASE("the table says which task failed and how; the reason stands below it, once", "[cli]") {
    Json sample = row("sh1.take01.sample02", "failed");
    sample["error_kind"] = "crash";
    sample["error"] = "a long story";
    const std::string table =
        take_table(takes_of({row("sh1.take01.sample01", "done"),
                             sample,
                             blocked_row("sh2.take01.publish", "sh1.take01.sample02", "failed"),
                             row("sh3.take01.publish", "done")}));
    CHECK(
        table ==
        "take        state      segments  seam ratio at joints   drift\n"
        "sh1.take01  failed            2                                sample02 failed (crash)\n"
        "sh2.take01  failed            1                                sh1.take01.sample02 failed "
        "(bad_input)\n"
        "sh3.take01  done              1\n");
}

}  // namespace nightreel::cli

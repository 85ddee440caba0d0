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

TEST_CASE("the table says which takes are kept and which were not needed", "[cli]") {
    const auto done = [](const char* task, const char* kind, Json facts) {
        Json json = row(task, "done");
        json["kind"] = kind;
        json["facts"]["facts"] = std::move(facts);
        return json;
    };
    const Json ranking{{"takes",
                        {{{"take", 2}, {"place", 1}, {"kept", true}},
                         {{"take", 1}, {"place", 2}, {"kept", false}}}}};
    const Json tasks{
        done("sh1.take01.publish",
             "publish",
             {{"flag", "black"}, {"flags", 1}, {"measured", {{"elapsed_seconds", 900}}}}),
        done("sh1.take02.publish",
             "publish",
             {{"flag", ""},
              {"flags", 0},
              {"length_seconds", 8},
              {"measured", {{"elapsed_seconds", 900}}}}),
        done("sh1.take03.publish", "publish", {{"not_needed", true}}),
        done("sh1.rank", "rank", {{"ranking", ranking}})};
    CHECK(take_table(takes_of(tasks)) ==
          "take        state       place     segments  seam ratio at joints   drift\n"
          "sh1.take01  done        2                0                                black\n"
          "sh1.take02  done        1, kept          0\n"
          "sh1.take03  not needed                   0\n");
    const NightYield yield = yield_of(tasks);
    CHECK(yield.takes == 2);
    CHECK(yield.usable == 1);
    CHECK(yield_line(tasks) ==
          "1 of 2 takes usable (50 %); 2.0 takes per usable one; 16 s usable per device hour\n");
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

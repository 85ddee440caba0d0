#include "pipeline/program/task_report.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

// A job directory, and time that a test lets pass.
struct ReportBench {
    ReportBench() { std::ofstream(folder.path() / "job.json") << "{}"; }

    void record() { report.record(folder.path(), "sh010.take01", "uuid-1"); }

    UnitAttempt attempt() const { return read_attempts(folder.path()).at("sh010.take01").back(); }

    std::string log_text() const {
        return read_file(folder.path() / (attempt_name_of(attempt()) + ".log"));
    }

    TemporaryFolder folder;
    ManualClock clock;
    TaskReport report{clock};
};

}  // namespace

TEST_CASE("the record of a run begins at once and ends with the exit code and the failure",
          "[program]") {
    ReportBench bench;
    bench.clock.advance(Millis{1'764'547'512'123});
    bench.record();
    CHECK(bench.attempt().submission == "uuid-1");
    CHECK(bench.attempt().began_at == 1'764'547'512'123);
    CHECK_FALSE(bench.attempt().ended_at.has_value());
    bench.report.log("a line\n");
    bench.clock.advance(Millis{500});
    bench.report.failed({.task = "sh010.take01.decode", .kind = "bad_input", .text = "no\nway"});
    bench.report.end(3);
    const UnitAttempt attempt = bench.attempt();
    CHECK(attempt.ended_at == 1'764'547'512'623);
    CHECK(attempt.exit_code == 3);
    CHECK(attempt.task == "sh010.take01.decode");
    CHECK(attempt.kind == "bad_input");
    CHECK(attempt.text == "no\nway");
    CHECK(bench.log_text() == "a line\nnightreel-render: no\nway\n");
}

TEST_CASE("a record is written again when something has changed, but not too often", "[program]") {
    ReportBench bench;
    bench.record();
    bench.report.progress({.fraction = 0.1, .task = "a", .doing = "step 1"});
    CHECK(bench.attempt().fraction == 0);
    bench.clock.advance(TaskReport::record_every);
    bench.report.progress({.fraction = 0.1, .task = "a", .doing = "step 1"});
    CHECK(bench.attempt().fraction == 0.1);
    CHECK(bench.attempt().doing == "step 1");
    const std::int64_t told_at = bench.attempt().told_at;
    bench.clock.advance(TaskReport::record_every);
    bench.report.progress({.fraction = 0.1, .task = "a", .doing = "step 1"});
    CHECK(bench.attempt().told_at == told_at);
    bench.clock.advance(TaskReport::sign_of_life_every);
    bench.report.progress({.fraction = 0.1, .task = "a", .doing = "step 1"});
    CHECK(bench.attempt().told_at == bench.clock.wall().count());
}

TEST_CASE("a folder that is no job directory gets no records", "[program]") {
    ReportBench bench;
    std::filesystem::remove(bench.folder.path() / "job.json");
    bench.record();
    bench.report.log("a line\n");
    bench.report.end(2);
    CHECK(std::filesystem::is_empty(bench.folder.path()));
}

TEST_CASE("a record that could not be written is written when the folder can be again",
          "[program]") {
    ReportBench bench;
    const std::filesystem::path attempts = bench.folder.path() / "attempts";
    std::ofstream(attempts) << "in the way";
    bench.record();
    bench.report.log("lost\n");
    bench.report.progress({.fraction = 0.5, .task = "a", .doing = "step 1"});
    std::filesystem::remove(attempts);
    bench.clock.advance(TaskReport::record_every);
    bench.report.progress({.fraction = 0.5, .task = "a", .doing = "step 1"});
    bench.report.log("kept\n");
    CHECK(bench.attempt().fraction == 0.5);
    CHECK(bench.log_text() == "kept\n");
}

TEST_CASE("a log of a run has a limit", "[program]") {
    ReportBench bench;
    TaskReport report(bench.clock, 100);
    report.record(bench.folder.path(), "sh010.take01", "");
    for (int at = 0; at < 20; ++at) report.log("0123456789\n");
    report.end(0);
    CHECK(bench.log_text().size() == 9 * 11 + std::string("this log ends at 100 bytes\n").size());
    CHECK(bench.log_text().ends_with("\nthis log ends at 100 bytes\n"));
}

TEST_CASE("text that is not UTF-8 does not harm a record", "[program]") {
    ReportBench bench;
    bench.record();
    bench.report.failed({.task = "a", .kind = "internal", .text = "bad \xff byte\x1b[31m"});
    bench.report.end(1);
    CHECK(bench.attempt().exit_code == 1);
}

}  // namespace nightreel

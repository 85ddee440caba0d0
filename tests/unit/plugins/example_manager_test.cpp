// The manager that plugins/README.md walks through: that text is this code, and the code works.
#include <cstdlib>
#include <map>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "plugins/spooler/spooler.h"
#include "plugins/unit_files.h"
#include "shotspec/base/files.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const Submission submission{.uuid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427", .manager = "spooler"};

ManagerJob night_in(const std::string& folder) {
    const ResolvedNight night = night_of({shot_of("sh1", 17, 2)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          Grain::take,
                          folder);
}

std::map<std::string, UnitState> states_of(const ManagerReport& report) {
    std::map<std::string, UnitState> states;
    for (const UnitReport& unit : report.units) states[unit.unit] = unit.state;
    return states;
}

CommandEnd run_in_shell(const std::string& line) {
    const TemporaryFolder folder;
    const std::string output = (folder.path() / "output").string();
    const int code = std::system(fmt::format("{} >{}", line, output).c_str());
    return {.code = code, .output = read_file(output), .errors = {}};
}

}  // namespace

TEST_CASE("the walk-through shows the manager that is tested here, whole", "[plugins]") {
    const std::string text = read_file("plugins/README.md");
    const fs::path folder = "tests/unit/plugins/example/plugins/spooler";
    for (const char* file : {"spooler.h", "spooler.cpp"}) {
        CAPTURE(file);
        CHECK(text.find("```cpp\n" + read_file(folder / file) + "```") != std::string::npos);
    }
}

TEST_CASE("the example tells units of its submission from other jobs", "[plugins]") {
    const auto says = [](const std::vector<std::string>& command, const std::string&) {
        CHECK(command == std::vector<std::string>{"tsp", "-l"});
        return CommandEnd{
            .code = 0,
            .output = fmt::format(
                "ID   State      Output      E-Level  Times(r/u/s)   Command [run=1/1]\n"
                "1    running    /tmp/o.1                            [{0}/sh1.take02]sh -c\n"
                "2    queued     (file)                              [{0}/dailies]sh -c\n"
                "0    finished   /tmp/o.0    0        0.1/0.0/0.0    [{0}/sh1.encode]sh -c\n"
                "3    finished   /tmp/o.3    10       0.1/0.0/0.0    [{0}/sh1.take01]sh -c\n"
                "4    finished   /tmp/o.4    0        0.1/0.0/0.0    [other/sh1.take02]sh -c\n",
                submission.uuid),
            .errors = {}};
    };
    const ManagerReport report = spooler_manager().query(night_in("/job"), {}, submission, says);
    CHECK(report.ids == std::vector<std::string>{"1", "2", "0", "3"});
    CHECK(states_of(report) == std::map<std::string, UnitState>{{"sh1.encode", UnitState::done},
                                                                {"sh1.take01", UnitState::failed},
                                                                {"sh1.take02", UnitState::running},
                                                                {"dailies", UnitState::waiting}});
}

TEST_CASE("task-spooler runs what the example hands it, and dailies also after a failure",
          "[plugins]") {
    if (std::system("command -v tsp >/dev/null") != 0) {
        return skip_case("task-spooler (tsp) is not installed");
    }
    const TemporaryFolder folder;
    const ManagerJob job = night_in(folder.path().string());
    std::map<std::string, std::string> texts = spooler_manager().files(job, {}).texts;
    texts["unit.sh"] = "#!/bin/sh\necho \"$1\" >>done\n[ \"$1\" != sh1.take01 ]\n";
    for (const auto& [name, text] : texts) {
        write_file_atomically(folder.path() / name, text);
        REQUIRE(::chmod((folder.path() / name).c_str(), 0755) == 0);
    }
    ::setenv("TS_SOCKET", (folder.path() / "socket").c_str(), 1);
    ::setenv("TS_SLOTS", "2", 1);
    ::setenv("NIGHTREEL_SUBMISSION", submission.uuid.c_str(), 1);
    const CommandEnd submitted = run_in_shell((folder.path() / "submit.sh").string());
    CHECK(submitted.output == "0\n1\n2\n3\n");
    CHECK(run_in_shell("tsp -w 3").code == 0);
    const ManagerReport report =
        spooler_manager().query(job, {}, submission, [](const auto& command, const auto&) {
            return run_in_shell(shell_words(command));
        });
    run_in_shell("tsp -K");
    CHECK(report.ids.size() == job.units.size());
    CHECK(states_of(report) == std::map<std::string, UnitState>{{"sh1.encode", UnitState::done},
                                                                {"sh1.take01", UnitState::failed},
                                                                {"sh1.take02", UnitState::done},
                                                                {"dailies", UnitState::done}});
    CHECK(read_file(folder.path() / "done").ends_with("dailies\n"));
}

}  // namespace nightreel

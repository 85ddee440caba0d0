#include "pipeline/job/job_directory.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A night whose shot has a reference picture, which lies in `folder`.
struct PicturedNight {
    TemporaryFolder folder;
    fs::path picture = folder.path() / "mira.png";
    fs::path job = folder.path() / "jobs" / "one";

    PicturedNight() { std::ofstream(picture) << "a picture"; }

    NightPlan plan(std::int64_t frames = 17) const {
        ResolvedShot shot = shot_of("sh1", frames);
        shot.references.push_back(
            {.character = "mira", .path = picture.string(), .digest = digest_of("a picture")});
        return plan_night(night_of({shot}), {.output_path = "/out", .versions = {}});
    }
};

const std::map<std::string, std::string> scripts{{"run.sh", "#!/bin/sh\n"},
                                                 {"README.md", "text\n"}};

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) files.push_back(entry);
    return files;
}

}  // namespace

TEST_CASE("each order of a job directory is that of the plan, its picture by digest", "[store]") {
    const PicturedNight night;
    const NightPlan plan = night.plan();
    CHECK(write_job_directory(night.job, plan, scripts));
    const JobIndex index = read_job_index(night.job);
    REQUIRE(index.tasks.size() == plan.graph.tasks.size());
    for (const JobTask& task : index.tasks) {
        const TaskOrder order = read_job_order(night.job, task);
        CHECK(digest_of(order) == task.digest);
        const auto* encode = std::get_if<EncodeOrder>(&order);
        if (encode == nullptr) continue;
        const std::string given = encode->references.at(0).path;
        CHECK(given == "given/" + digest_of("a picture").hex() + ".png");
        CHECK(read_file(night.job / given) == "a picture");
    }
    CHECK((fs::status(night.job / "run.sh").permissions() & fs::perms::owner_exec) !=
          fs::perms::none);
    CHECK((fs::status(night.job / "README.md").permissions() & fs::perms::owner_exec) ==
          fs::perms::none);
}

TEST_CASE("the same night again writes nothing", "[store]") {
    const PicturedNight night;
    CHECK(write_job_directory(night.job, night.plan(), scripts));
    const auto written = fs::last_write_time(night.job);
    const std::size_t files = files_below(night.folder.path()).size();
    CHECK_FALSE(write_job_directory(night.job, night.plan(), scripts));
    CHECK(fs::last_write_time(night.job) == written);
    CHECK(files_below(night.folder.path()).size() == files);
}

TEST_CASE("another night, other settings and any other folder are refused and left alone",
          "[store]") {
    const PicturedNight night;
    CHECK(write_job_directory(night.job, night.plan(), scripts));
    const std::string index = read_file(night.job / "job.json");
    CHECK_THROWS_WITH(write_job_directory(night.job, night.plan(29), scripts),
                      Catch::Contains("holds another job"));
    CHECK_THROWS_WITH(write_job_directory(night.job, night.plan(), {{"run.sh", "#!/bin/bash\n"}}),
                      Catch::Contains("holds another job"));
    CHECK(read_file(night.job / "job.json") == index);
    const fs::path taken = night.folder.path() / "taken";
    fs::create_directories(taken);
    std::ofstream(taken / "notes.txt") << "mine";
    CHECK_THROWS_WITH(write_job_directory(taken, night.plan(), scripts),
                      Catch::Contains("is not empty"));
    CHECK(files_below(taken).size() == 1);
}

TEST_CASE("a picture that changed after planning stops the export, and nothing is left",
          "[store]") {
    const PicturedNight night;
    const NightPlan plan = night.plan();
    std::ofstream(night.picture) << "another picture";
    CHECK_THROWS_WITH(write_job_directory(night.job, plan, scripts),
                      Catch::Contains("was changed while the night was exported"));
    CHECK_FALSE(fs::exists(night.job));
    CHECK(fs::is_empty(night.job.parent_path()));
}

TEST_CASE("a folder without an index is no job directory", "[store]") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(read_job_index(folder.path()), Catch::Contains("is no job directory"));
}

}  // namespace nightreel

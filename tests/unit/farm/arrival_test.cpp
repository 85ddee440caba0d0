// Jobs that arrive in pieces, and the versions that shots are given before they are planned.

#include <catch2/catch.hpp>

#include "tests/unit/farm/small_farm.h"

using namespace nightreel;

namespace {

JobId announce(SmallFarm& f, const std::string& key, std::uint32_t tasks) {
    return std::get<JobAccepted>(f.tell(AnnounceJob{key, key, "td", 0, tasks})).job;
}

int version_of(SmallFarm& f,
               const std::string& place,
               const std::string& spec,
               int floor = 0,
               int published = 0) {
    const GiveVersions wish{"td", {{place, digest_of(spec), floor, published}}};
    const auto answer = std::get<VersionsAnswer>(f.tell(wish));
    return answer.versions.at(0).version;
}

}  // namespace

TEST_CASE("a job in pieces exists when it has arrived whole, and is then like any other",
          "[farm]") {
    SmallFarm f;
    f.join("w");
    const JobId job = announce(f, "night", 3);
    f.tell(AddTasks{job, {task("a")}});
    CHECK(std::holds_alternative<Refused>(f.tell(CompleteJob{job})));
    CHECK(f.farm.jobs.empty());
    CHECK(f.has_no_work("w"));
    f.tell(AddTasks{job, {task("b", {0}), task("c", {0, 1})}});
    const auto accepted = std::get<JobAccepted>(f.tell(CompleteJob{job}));
    CHECK(accepted.job == job);
    CHECK_FALSE(accepted.already_known);
    f.work_off("w");
    CHECK(f.state(job) == JobState::done);
    CHECK(std::get<JobAccepted>(f.tell(AnnounceJob{"night", "", "td", 0, 3})).already_known);
}

TEST_CASE("pieces that do not fit are refused and change nothing", "[farm]") {
    SmallFarm f;
    const JobId job = announce(f, "night", 2);
    const Farm before = f.farm;
    CHECK(std::holds_alternative<Refused>(f.tell(AddTasks{job, {task("a", {0})}})));
    CHECK(
        std::holds_alternative<Refused>(f.tell(AddTasks{job, {task("a"), task("b"), task("c")}})));
    CHECK(std::holds_alternative<Refused>(f.tell(AddTasks{JobId{99}, {task("a")}})));
    CHECK(f.farm == before);
    f.tell(AddTasks{job, {task("a"), task("a")}});
    CHECK(std::holds_alternative<Refused>(f.tell(CompleteJob{job})));
}

TEST_CASE("a submission key is its first submitter's; others are refused and told of no job",
          "[farm]") {
    SmallFarm f;
    const JobId job = f.submit("night", {task("a")});
    const std::string owner = f.farm.jobs.at(job).submitter;
    const auto refusal_of = [&](const Command& command) {
        const auto refused = std::get<Refused>(f.tell(command));
        CHECK(refused.kind == ErrorKind::not_allowed);
        return refused.text;
    };
    CHECK_THAT(refusal_of(AnnounceJob{"night", "", "eve", 0, 1}),
               Catch::Contains("somebody else") && !Catch::Contains(owner));
    refusal_of(SubmitJob{"night", "", "eve", 0, {task("a")}});
    const auto other = std::get<JobAccepted>(f.tell(AnnounceJob{"late", "", "eve", 0, 1})).job;
    f.tell(AddTasks{other, {task("a")}});
    f.submit("late", {task("a")});
    refusal_of(CompleteJob{other});
    CHECK(f.farm.announced.empty());
    CHECK(std::get<JobAccepted>(f.tell(AnnounceJob{"night", "", owner, 0, 1})).already_known);
}

TEST_CASE("what was announced and has not arrived is forgotten at the start", "[farm]") {
    SmallFarm f;
    const JobId first = announce(f, "night", 2);
    f.tell(AddTasks{first, {task("a")}});
    f.tell(SchedulerStarted{});
    CHECK(f.farm.announced.empty());
    const JobId second = announce(f, "night", 1);
    CHECK(second > first);
    const JobId third = announce(f, "night", 1);  // its submitter begins again
    CHECK(f.farm.announced.size() == 1);
    CHECK(f.farm.announced.contains(third));
}

TEST_CASE("the slower of two submissions of one night becomes the job of the quicker", "[farm]") {
    SmallFarm f;
    const JobId slow = announce(f, "night", 1);
    f.tell(AddTasks{slow, {task("a")}});
    const JobId quick = f.submit("night", {task("a")});
    const auto accepted = std::get<JobAccepted>(f.tell(CompleteJob{slow}));
    CHECK(accepted.already_known);
    CHECK(accepted.job == quick);
    CHECK(f.farm.announced.empty());
}

TEST_CASE("one specification keeps its version, another one is given the next", "[farm]") {
    SmallFarm f;
    CHECK(version_of(f, "show/sh", "red") == 1);
    CHECK(version_of(f, "show/sh", "blue") == 2);  // before anything of the first is published
    CHECK(version_of(f, "show/sh", "red") == 1);
    CHECK(version_of(f, "show/other", "red") == 1);
    CHECK(version_of(f, "show/sh", "green", 7) == 8);  // somebody published seven elsewhere
    CHECK(version_of(f, "show/sh", "grey", 3) == 9);
    const std::size_t facts = f.facts.size();
    CHECK(version_of(f, "show/sh", "grey") == 9);
    CHECK(f.facts.size() == facts);  // nothing new to remember
}

TEST_CASE("what was published before the book was kept has its number there", "[farm]") {
    SmallFarm f;
    CHECK(version_of(f, "show/sh", "red", 4, 2) == 2);
    CHECK(version_of(f, "show/sh", "blue", 4) == 5);
    CHECK(version_of(f, "show/sh", "green", 5, 5) == 6);  // 5 was given to another meanwhile
}

TEST_CASE("shots of one submission that share a place are versions of each other", "[farm]") {
    SmallFarm f;
    const VersionWish red{"show/sh", digest_of(std::string_view("red")), 0, 0};
    const VersionWish blue{"show/sh", digest_of(std::string_view("blue")), 0, 0};
    const auto answer = std::get<VersionsAnswer>(f.tell(GiveVersions{"td", {red, blue, red}}));
    REQUIRE(answer.versions.size() == 3);
    CHECK(answer.versions[0].version == 1);
    CHECK(answer.versions[1].version == 2);
    CHECK(answer.versions[2].version == 1);
}

TEST_CASE("a job is deleted when it has ended, not before", "[farm]") {
    SmallFarm f;
    f.join("w");
    const JobId job = f.submit("night", {task("a")});
    CHECK(std::holds_alternative<Refused>(f.tell(DeleteJob{job, "ana"})));
    f.work_off("w");
    CHECK(std::get<Changed>(f.tell(DeleteJob{job, "ana"})).tasks == 1);
    CHECK(f.farm.jobs.empty());
    CHECK(std::get<JobForgotten>(f.facts.back()).by == "ana");
}

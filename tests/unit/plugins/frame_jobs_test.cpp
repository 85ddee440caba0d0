#include "plugins/frame_jobs.h"

#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

constexpr std::int64_t many = 5000;

ManagerJob takes_of_shots(int shots, int takes, Grain grain) {
    std::vector<ResolvedShot> all;
    for (int shot = 0; shot < shots; ++shot) {
        // Of unequal length, and some with one take less.
        all.push_back(shot_of(fmt::format("sh{:03}", shot),
                              17 + 12 * (shot % 3),
                              takes - (takes > 1 ? shot % 2 : 0)));
    }
    return manager_job_of(
        job_index_of(plan_night(night_of(all), {.output_path = "/out", .versions = {}})),
        grain,
        "/job");
}

std::set<const Unit*> that_need(const ManagerJob& job, std::size_t failed) {
    std::vector<bool> stopped(job.units.size());
    stopped[failed] = true;
    std::set<const Unit*> units;
    for (std::size_t at = failed; at < job.units.size(); ++at) {
        for (const std::uint32_t need : job.units[at].needs) {
            stopped[at] = stopped[at] || stopped[need];
        }
        if (stopped[at]) units.insert(&job.units[at]);
    }
    return units;
}

// As a manager with such jobs would have it: who never runs when this unit fails.
std::set<const Unit*> stopped_by(const std::vector<FrameJob>& jobs, const Unit* failed) {
    std::set<const Unit*> stopped{failed};
    for (const FrameJob& job : jobs) {
        if (job.waits_for_ends) continue;
        for (const ArrayMember& frame : job.frames) {
            for (const std::size_t wait : job.waits) {
                for (const ArrayMember& other : jobs[wait].frames) {
                    if (job.waits_by_frame && other.number != frame.number) continue;
                    if (stopped.contains(other.unit)) stopped.insert(frame.unit);
                }
            }
        }
    }
    return stopped;
}

}  // namespace

TEST_CASE("a unit that fails stops those that need it, and no other", "[plugins]") {
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        for (const auto& [shots, takes] : {std::pair(1, 1), {1, 7}, {6, 1}, {6, 3}, {3, 12}}) {
            CAPTURE(word, shots, takes);
            const ManagerJob job = takes_of_shots(shots, takes, grain);
            const std::vector<FrameJob> jobs = frame_jobs_of(job, takes == 7 ? 3 : many);
            for (std::size_t at = 0; at < job.units.size(); ++at) {
                CAPTURE(job.units[at].name);
                CHECK(stopped_by(jobs, &job.units[at]) == that_need(job, at));
            }
        }
    }
}

TEST_CASE("every unit is one frame, after the jobs that its job waits for", "[plugins]") {
    const ManagerJob job = takes_of_shots(5, 4, Grain::task);
    const std::vector<FrameJob> jobs = frame_jobs_of(job, 4);
    std::set<const Unit*> units;
    std::set<std::string> names;
    for (std::size_t at = 0; at < jobs.size(); ++at) {
        CHECK(names.insert(jobs[at].name).second);
        CHECK(jobs[at].frames.size() <= 4);
        for (const std::size_t wait : jobs[at].waits) CHECK(wait < at);
        std::int64_t last = -1;
        for (const ArrayMember& frame : jobs[at].frames) {
            CHECK(frame.number > last);
            last = frame.number;
            CHECK(frame.unit->stage == jobs[at].frames.front().unit->stage);
            CHECK(units.insert(frame.unit).second);
            if (!jobs[at].waits_by_frame) continue;
            // A frame that the other job does not have might be waited for without end.
            for (const std::size_t wait : jobs[at].waits) {
                CHECK(std::ranges::count(jobs[wait].frames, frame.number, &ArrayMember::number) ==
                      1);
            }
        }
    }
    CHECK(units.size() == job.units.size());
    CHECK(jobs.back().waits_for_ends);
}

TEST_CASE("there are few jobs, also for many shots or many takes", "[plugins]") {
    const auto count = [](int shots, int takes) {
        return frame_jobs_of(takes_of_shots(shots, takes, Grain::task), many).size();
    };
    const std::size_t stages = takes_of_shots(3, 1, Grain::task).stages.size();
    CHECK(count(100, 1) <= 2 * stages);  // of three lengths
    CHECK(count(1, 100) <= stages);
    CHECK(count(100, 3) <= 6 * stages);
    CHECK(count(4, 100) <= 5 * stages);
}

}  // namespace nightreel

#include "plugins/frame_jobs.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace nightreel {
namespace {

// A need that another one has too is waited for already.
ManagerJob without_implied_needs(const ManagerJob& job) {
    ManagerJob reduced = job;
    for (Unit& unit : reduced.units) {
        std::set<std::uint32_t> open(unit.needs.begin(), unit.needs.end());
        std::vector<std::uint32_t> direct;
        std::set<std::uint32_t> seen;
        while (!open.empty()) {
            const std::uint32_t last = *open.rbegin();
            open.erase(last);
            direct.push_back(last);
            std::vector<std::uint32_t> below{last};
            while (!below.empty() && !open.empty()) {
                const std::uint32_t one = below.back();
                below.pop_back();
                for (const std::uint32_t need : job.units[one].needs) {
                    open.erase(need);
                    if (seen.insert(need).second) below.push_back(need);
                }
            }
        }
        unit.needs.assign(direct.rbegin(), direct.rend());
    }
    return reduced;
}

// An array is one job, or several where others wait for some of its members.
class FrameJobs {
  public:
    FrameJobs(const ManagerJob& job, const ManagerJob& reduced, std::int64_t numbers_end)
        : job_(job), reduced_(reduced), arrays_(unit_arrays_of(reduced, numbers_end)) {
        for (std::size_t at = 0; at < arrays_.size(); ++at) {
            for (const ArrayWait& wait : arrays_[at].waits) {
                for (const std::int64_t number : wait.members) {
                    waited_by_[{wait.array, number}].insert(at);
                }
            }
        }
        for (std::size_t at = 0; at < arrays_.size(); ++at) add(at);
    }

    std::vector<FrameJob> take() { return std::move(jobs_); }

  private:
    using Place = std::pair<std::size_t, std::int64_t>;  // array, number

    void add(std::size_t at) {
        const UnitArray& array = arrays_[at];
        // Members are in one job that the same arrays wait for, and that wait for the same jobs.
        std::map<std::pair<std::set<std::size_t>, std::set<std::size_t>>, std::size_t> parts;
        for (const ArrayMember& member : array.members) {
            const std::set<std::size_t> waits = waits_of(array, member.number);
            const auto [part, is_new] =
                parts.emplace(std::pair(waited_by_[{at, member.number}], waits), jobs_.size());
            if (is_new) jobs_.push_back(job_like(array, *member.unit, waits));
            job_of_[{at, member.number}] = part->second;
            const auto index = static_cast<std::size_t>(member.unit - reduced_.units.data());
            jobs_[part->second].frames.push_back({member.number, &job_.units[index]});
        }
    }

    std::set<std::size_t> waits_of(const UnitArray& array, std::int64_t number) const {
        std::set<std::size_t> waits;
        for (const ArrayWait& wait : array.waits) {
            if (wait.what == ArrayWaitsFor::partners) {
                waits.insert(job_of_.at({wait.array, number}));
                continue;
            }
            for (const std::int64_t member :
                 wait.members.empty() ? arrays_[wait.array].numbers() : wait.members) {
                waits.insert(job_of_.at({wait.array, member}));
            }
        }
        return waits;
    }

    FrameJob job_like(const UnitArray& array,
                      const Unit& unit,
                      const std::set<std::size_t>& waits) {
        const auto all_wait_for = [&](ArrayWaitsFor what) {
            return !array.waits.empty() &&
                   std::ranges::all_of(array.waits,
                                       [&](const ArrayWait& wait) { return wait.what == what; });
        };
        const int count = ++jobs_of_stage_[unit.stage];
        return {.name = count == 1 ? unit.stage : fmt::format("{}-{}", unit.stage, count),
                .frames = {},
                .waits = {waits.begin(), waits.end()},
                .waits_by_frame = all_wait_for(ArrayWaitsFor::partners),
                .waits_for_ends = all_wait_for(ArrayWaitsFor::ends)};
    }

    const ManagerJob& job_;
    const ManagerJob& reduced_;
    std::vector<UnitArray> arrays_;
    std::map<Place, std::set<std::size_t>> waited_by_;  // arrays that wait for some members
    std::map<Place, std::size_t> job_of_;
    std::map<std::string, int> jobs_of_stage_;
    std::vector<FrameJob> jobs_;
};

}  // namespace

std::vector<FrameJob> frame_jobs_of(const ManagerJob& job, std::int64_t numbers_end) {
    const ManagerJob reduced = without_implied_needs(job);
    return FrameJobs(job, reduced, numbers_end).take();
}

}  // namespace nightreel

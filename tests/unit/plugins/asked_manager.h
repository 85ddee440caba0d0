#pragma once
// A night of two shots as managers get it, and a manager's answers without a manager.

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "plugins/farm_manager.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {

inline constexpr const char* asked_uuid = "0b6f5e0e-8f4e-4c57-9e5d-0f4f6f8f8f8f";

// sh1 with two takes of two segments, sh2 with one segment.
inline ManagerJob handed_over_night(Grain grain) {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          grain,
                          "/farm/it's a job");
}

inline Submission submission_of(const ManagerJob& job, std::vector<std::string> ids = {}) {
    Submission submission{.uuid = asked_uuid, .ids = std::move(ids)};
    for (const Unit& unit : job.units) submission.units.push_back(unit.name);
    return submission;
}

inline const UnitReport& report_of(const ManagerReport& report, const std::string& unit) {
    for (const UnitReport& one : report.units) {
        if (one.unit == unit) return one;
    }
    FAIL("no report of " << unit);
    throw std::logic_error("not reached");
}

// Ends as a program that cannot connect does.
inline CommandEnd no_answer(const std::vector<std::string>&, const std::string&) {
    return {.code = 7, .output = "", .errors = "curl: (7) Failed to connect: Connection refused"};
}

}  // namespace nightreel

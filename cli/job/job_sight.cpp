#include "cli/job/job_sight.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

// A run that tells nothing for so long is taken to be dead where the manager cannot say.
constexpr std::int64_t silent_ms_max = 120'000;

const std::string& first_missing(const JobSight& sight, const Unit& unit) {
    const auto missing = std::ranges::find_if(
        unit.tasks, [&](const std::string& task) { return !sight.done.contains(task); });
    return missing == unit.tasks.end() ? unit.tasks.back() : *missing;
}

bool is_done(const JobSight& sight, const Unit& unit) {
    return std::ranges::all_of(unit.tasks,
                               [&](const std::string& task) { return sight.done.contains(task); });
}

class UnitLook {
  public:
    explicit UnitLook(const JobSight& sight) : sight_(sight) {
        if (sight.submissions.empty() || !sight.report) return;
        for (const UnitReport& told : sight.report->units) reports_.emplace(told.unit, &told);
    }

    UnitSight at(const Unit& unit) {
        UnitSight seen;
        const auto attempts = sight_.attempts.find(unit.name);
        if (attempts != sight_.attempts.end()) seen.attempt = &attempts->second.back();
        if (seen.attempt != nullptr) seen.host = seen.attempt->host;
        if (is_done(sight_, unit) && !is_told(unit, UnitState::running)) {
            seen.standing = Standing::done;
            return seen;
        }
        seen.task = first_missing(sight_, unit);
        const Submission* submission = submission_of(unit);
        const auto report = reports_.find(unit.name);
        if (is_last(submission) && report != reports_.end()) {
            by_report(*report->second, seen);
        } else {
            by_attempt(submission, seen);
        }
        return seen;
    }

  private:
    bool is_last(const Submission* submission) const {
        return submission != nullptr && submission == &sight_.submissions.back();
    }

    bool is_told(const Unit& unit, UnitState state) const {
        const auto report = reports_.find(unit.name);
        return report != reports_.end() && report->second->state == state;
    }

    const Submission* submission_of(const Unit& unit) {
        const auto& all = sight_.submissions;
        if (sets_.empty()) {
            for (const Submission& one : all)
                sets_.emplace_back(one.units.begin(), one.units.end());
        }
        for (std::size_t at = all.size(); at > 0; --at) {
            if (sets_[at - 1].contains(unit.name)) return &all[at - 1];
        }
        return nullptr;
    }

    void by_report(const UnitReport& report, UnitSight& seen) const {
        if (!report.host.empty()) seen.host = report.host;
        seen.text = report.reason;
        switch (report.state) {
            case UnitState::waiting:
                seen.standing = Standing::waiting;
                return;
            case UnitState::running:
                seen.standing = Standing::running;
                note_run(seen);
                return;
            case UnitState::cancelled:
                seen.standing = Standing::cancelled;
                return;
            case UnitState::done:
                return fail_without_results(seen);
            case UnitState::failed:
                return fail(seen, report.reason);
        }
    }

    // Where the manager says nothing of the unit.
    void by_attempt(const Submission* submission, UnitSight& seen) const {
        const UnitAttempt* attempt = seen.attempt;
        const bool is_of_it = attempt != nullptr &&
                              (submission == nullptr || attempt->submission == submission->uuid);
        if (!is_of_it) {
            seen.standing = submission != nullptr && submission->state == SubmissionState::cancelled
                                ? Standing::cancelled
                                : Standing::waiting;
            return;
        }
        if (attempt->exit_code) {
            if (*attempt->exit_code == 0) return fail_without_results(seen);
            if (*attempt->exit_code != exit_code_of(ErrorKind::cancelled)) return fail(seen, {});
            seen.standing = Standing::cancelled;
            return;
        }
        if (sight_.now - attempt->told_at < silent_ms_max) {
            seen.standing = Standing::running;  // also after the manager has lost it
            return note_run(seen);
        }
        if (is_last(submission) && sight_.report) return;  // lost with the manager's job
        fail(seen, {});
    }

    void note_run(UnitSight& seen) const {
        if (seen.attempt == nullptr || seen.attempt->exit_code) return;
        if (!seen.attempt->task.empty()) seen.task = seen.attempt->task;
        seen.text = seen.attempt->doing;
    }

    void fail_without_results(UnitSight& seen) const {
        seen.standing = Standing::failed;
        seen.kind = name_of(ErrorKind::corrupt);
        seen.text = fmt::format("{} ended well, but its result or take is not there", seen.task);
    }

    void fail(UnitSight& seen, const std::string& reason) const {
        seen.standing = Standing::failed;
        const UnitAttempt* attempt = seen.attempt;
        if (attempt != nullptr && attempt->exit_code && !attempt->text.empty()) {
            if (!attempt->task.empty() && !sight_.done.contains(attempt->task)) {
                seen.task = attempt->task;
            }
            seen.kind = attempt->kind;
            seen.text = attempt->text;
            return;
        }
        seen.kind = name_of(ErrorKind::crash);
        seen.text =
            fmt::format("{}{}{}",
                        attempt == nullptr ? "did not start"
                                           : "ended without an exit code, as if it was killed",
                        reason.empty() ? "" : ": ",
                        reason);
    }

    const JobSight& sight_;
    std::unordered_map<std::string, const UnitReport*> reports_;
    std::vector<std::set<std::string>> sets_;
};

bool is_over(Standing standing) {
    return standing == Standing::failed || standing == Standing::cancelled ||
           standing == Standing::blocked;
}

// Nothing without anything.
std::set<std::string> with_those_that_end_it(const JobSight& sight, std::set<std::string> names) {
    if (names.empty()) return names;
    for (const Unit& unit : sight.job.units) {
        if (!unit.after.empty()) names.insert(unit.name);
    }
    return names;
}

// Of the last submission, whose manager tells nothing of them, and nobody tried them.
std::set<std::string> untold_units(const JobSight& sight, const std::vector<UnitSight>& units) {
    const std::vector<std::string>& handed = sight.submissions.back().units;
    std::set<std::string> untold(handed.begin(), handed.end());
    for (const UnitReport& told : sight.report->units) untold.erase(told.unit);
    for (std::size_t at = 0; at < units.size(); ++at) {
        if (units[at].standing != Standing::waiting) untold.erase(sight.job.units[at].name);
    }
    return untold;
}

}  // namespace

std::vector<UnitSight> look_at_units(const JobSight& sight) {
    std::vector<UnitSight> units;
    units.reserve(sight.job.units.size());
    UnitLook look(sight);
    for (const Unit& unit : sight.job.units) {
        UnitSight seen = look.at(unit);
        const bool can_be_blocked =
            seen.standing == Standing::waiting || seen.standing == Standing::cancelled;
        for (const std::uint32_t need : unit.needs) {
            const UnitSight& needed = units[need];
            const bool stops_it =
                needed.standing == Standing::failed || needed.standing == Standing::blocked;
            if (!can_be_blocked || !stops_it) continue;
            seen = {.standing = Standing::blocked,
                    .task = needed.task,
                    .attempt = seen.attempt,
                    .kind = needed.kind,
                    .text = needed.text,
                    .host = {}};
            break;
        }
        units.push_back(std::move(seen));
    }
    return units;
}

bool is_lost(const JobSight& sight, const std::vector<UnitSight>& units) {
    if (sight.submissions.empty() || !sight.report) return false;
    if (sight.submissions.back().state != SubmissionState::submitted) return false;
    return !untold_units(sight, units).empty();
}

bool has_ended(const std::vector<UnitSight>& units) {
    return std::ranges::all_of(units, [](const UnitSight& unit) {
        return unit.standing == Standing::done || is_over(unit.standing);
    });
}

std::set<std::string> units_lost(const JobSight& sight, const std::vector<UnitSight>& units) {
    std::set<std::string> names = untold_units(sight, units);
    std::set<std::string> told;
    for (const UnitReport& report : sight.report->units) told.insert(report.unit);
    for (std::size_t at = 0; at < units.size(); ++at) {
        const bool is_left =
            units[at].standing == Standing::waiting || units[at].standing == Standing::running;
        const std::string& name = sight.job.units[at].name;
        if (is_left && told.contains(name)) names.insert(name);
    }
    return with_those_that_end_it(sight, std::move(names));
}

std::set<std::string> units_to_retry(const JobSight& sight,
                                     const std::vector<UnitSight>& units,
                                     const std::string& path) {
    const bool is_known = sight.report && !sight.report->ids.empty();
    const auto is_missing = [&](const UnitSight& unit) {
        return is_over(unit.standing) || (unit.standing == Standing::waiting && !is_known);
    };
    std::set<std::string> names;
    std::set<std::uint32_t> needed;
    for (std::size_t at = units.size(); at > 0; --at) {
        const Unit& unit = sight.job.units[at - 1];
        const bool is_wanted =
            concerns(unit.name, path) || needed.contains(static_cast<std::uint32_t>(at - 1));
        if (!is_wanted || !is_missing(units[at - 1])) continue;
        names.insert(unit.name);
        needed.insert(unit.needs.begin(), unit.needs.end());
    }
    return with_those_that_end_it(sight, std::move(names));
}

bool concerns(const std::string& unit, const std::string& path) {
    return path.empty() || unit == path || unit.starts_with(path + ".") ||
           path.starts_with(unit + ".");
}

}  // namespace nightreel::cli

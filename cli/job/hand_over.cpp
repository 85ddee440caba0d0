#include "cli/job/hand_over.h"

#include <algorithm>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/counted.h"
#include "cli/job/run_command.h"
#include "cli/job/submitter.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t losses_max = 3;  // in a row, each handed over again

fs::path lock_file_of(const JobFolder& folder) {
    return folder.place / "submissions" / "lock";
}

// The lock of a job directory; not held while another command has it, nor where nothing can be
// written. Its file stays.
FileLock lock_of(const JobFolder& folder) {
    std::error_code ignored;
    fs::create_directories(lock_file_of(folder).parent_path(), ignored);
    return {lock_file_of(folder), O_RDWR | O_CREAT};
}

FileLock required_lock_of(const JobFolder& folder) {
    FileLock lock = lock_of(folder);
    if (lock.held()) return lock;
    throw Error(ErrorKind::unavailable,
                lock.opened()
                    ? fmt::format("{}: another nightreel command is submitting or cancelling it: "
                                  "try again in a few seconds",
                                  folder.place.string())
                    : fmt::format("{}: cannot be written", lock_file_of(folder).string()));
}

// Whether the last submission is still the one that was looked at: others may have changed it
// since.
bool is_still_last(const JobFolder& folder, const JobSight& sight) {
    const std::vector<Submission> now = read_submissions(folder.place);
    return now.size() == sight.submissions.size() &&
           now.back().uuid == sight.submissions.back().uuid &&
           now.back().state == sight.submissions.back().state;
}

constexpr int told_seconds_max = 3'600;  // managers that take a second for each job

// A line of the manager's files, for a shell in their folder. It keeps the lock `telling` until it
// has ended, also when we are killed; a second one waits for that.
CommandEnd tell_manager(const JobFolder& folder,
                        const std::string& files,
                        const std::string& line,
                        const Submission& submission) {
    const fs::path lock = folder.place / "submissions" / "telling";
    const std::string script = fmt::format("cd {} && {}", shell_word(files), line);
    return run_command({"flock", lock.string(), "sh", "-c", script},
                       {},
                       {{"NIGHTREEL_SUBMISSION", submission.uuid},
                        {"NIGHTREEL_IDS", fmt::format("{}", fmt::join(submission.ids, " "))}},
                       told_seconds_max);
}

void wait_for_lines_of_others(const JobFolder& folder) {
    run_command({"flock", (folder.place / "submissions" / "telling").string(), "true"},
                {},
                {},
                told_seconds_max);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

fs::path files_place(const JobFolder& folder, std::int32_t number) {
    return (folder.place / files_folder_of(number)).lexically_normal();
}

ManagerFiles files_of(const JobFolder& folder, std::int32_t number, const Submission& submission) {
    return folder.manager->files(job_of_submission(folder, number, submission),
                                 folder.exported.site);
}

void require_handing_over(const JobFolder& folder) {
    if (folder.manager->query != nullptr) return;
    throw Error(ErrorKind::usage,
                fmt::format("nightreel cannot ask {} about a job, and so does not submit one: `{}`",
                            folder.exported.manager,
                            submit_line_of(folder)));
}

Submission new_submission(const JobFolder& folder,
                          std::vector<std::string> units,
                          const Clock& clock) {
    return {.uuid = make_uuid(),
            .manager = folder.exported.manager,
            .state = SubmissionState::sending,
            .ids = {},
            .units = std::move(units),
            .submitter = submitter_here(),
            .submitted_at = clock.wall().count()};
}

// Our own UUID is on the disk before the manager hears of it.
Submission hand_over(const JobFolder& folder,
                     std::int32_t number,
                     Submission submission,
                     const ManagerFiles& files) {
    write_submission(folder.place, number, submission);
    const CommandEnd end =
        tell_manager(folder, files_place(folder, number).string(), files.to_submit, submission);
    if (end.code != 0) {
        // Its lines take back what they had submitted, where they can.
        submission.state = SubmissionState::refused;
        write_submission(folder.place, number, submission);
        throw Error(ErrorKind::unavailable,
                    fmt::format("{} did not accept the night (exit code {} of {}): {}",
                                folder.exported.manager,
                                end.code,
                                files.to_submit,
                                end.errors.empty() ? end.output : end.errors));
    }
    submission.ids = lines_of(end.output);
    submission.state = SubmissionState::submitted;
    write_submission(folder.place, number, submission);
    return submission;
}

ManagerReport query(const JobFolder& folder, std::int32_t number, const Submission& submission) {
    return folder.manager->query(
        job_of_submission(folder, number, submission),
        folder.exported.site,
        submission,
        [](const std::vector<std::string>& command, const std::string& input) {
            return run_command(command, input);
        });
}

bool tells_of_all(const ManagerReport& report, const Submission& submission) {
    std::set<std::string> told;
    for (const UnitReport& unit : report.units) told.insert(unit.unit);
    return std::ranges::all_of(submission.units,
                               [&](const std::string& unit) { return told.contains(unit); });
}

// A hand-over that was killed or refused between its first word and the manager's answer.
HandedOver complete(const JobFolder& folder,
                    std::int32_t number,
                    Submission submission,
                    const Clock& clock) {
    const ManagerFiles files = files_of(folder, number, submission);
    wait_for_lines_of_others(folder);
    const ManagerReport report = query(folder, number, submission);
    submission.ids = report.ids;
    if (!report.ids.empty() && tells_of_all(report, submission)) {
        submission.state = SubmissionState::submitted;
        write_submission(folder.place, number, submission);
        return {.submission = submission,
                .is_new = false,
                .why_not = fmt::format("{} has the whole night from an interrupted submission",
                                       folder.exported.manager)};
    }
    if (!report.ids.empty()) {
        say("{} has a part of the night from an interrupted submission: cancelling that part\n",
            folder.exported.manager);
        tell_manager(folder, files_place(folder, number).string(), files.to_cancel, submission);
    }
    return {.submission =
                hand_over(folder, number, new_submission(folder, submission.units, clock), files),
            .is_new = true,
            .why_not = {}};
}

Submission hand_over_part(const JobFolder& folder,
                          const std::set<std::string>& units,
                          const Clock& clock,
                          std::int32_t losses = 0) {
    const auto number = static_cast<std::int32_t>(read_submissions(folder.place).size()) + 1;
    Submission submission = new_submission(folder, {}, clock);
    submission.losses = losses;
    for (const Unit& unit : folder.job.units) {
        if (units.contains(unit.name)) submission.units.push_back(unit.name);
    }
    const ManagerFiles files = files_of(folder, number, submission);
    require_handing_over(folder);
    if (number > 1) {
        std::map<std::string, std::string> texts;
        for (const auto& [name, text] : files.texts) {
            texts[fmt::format("{}/{}", files_folder_of(number), name)] = text;
        }
        add_to_job_directory(folder.place, texts);
    }
    return hand_over(folder, number, std::move(submission), files);
}

void cancel_at_manager(const JobFolder& folder,
                       std::int32_t number,
                       const Submission& submission,
                       const ManagerFiles& files) {
    const CommandEnd end =
        tell_manager(folder, files_place(folder, number).string(), files.to_cancel, submission);
    if (end.code == 0 || submission.state == SubmissionState::ended) return;
    if (submission.state == SubmissionState::refused) {
        // It has to be possible to give up a night whose manager is not even installed.
        return say("{} could not cancel the submission that was refused: {}\n",
                   folder.exported.manager,
                   end.errors);
    }
    throw Error(ErrorKind::unavailable,
                fmt::format("{} did not cancel the job (exit code {} of {}): {}",
                            folder.exported.manager,
                            end.code,
                            files.to_cancel,
                            end.errors));
}

// What the manager has of the last submission: of a graph it would wait for what is lost.
void cancel_last(const JobFolder& folder, const JobSight& sight) {
    if (sight.report->ids.empty()) return;
    const auto number = static_cast<std::int32_t>(sight.submissions.size());
    const Submission& last = sight.submissions.back();
    cancel_at_manager(folder, number, last, files_of(folder, number, last));
}

// A manager that never tells of what it accepted would be given the night for ever.
void require_few_losses(const JobFolder& folder, std::int32_t losses) {
    if (losses <= losses_max) return;
    throw Error(ErrorKind::unavailable,
                fmt::format("{0} accepted this job {1} times and does not tell of all of it: look "
                            "for it there, then `nightreel cancel --job {2}` and `nightreel retry "
                            "--job {2}`",
                            folder.exported.manager,
                            losses,
                            shell_word(folder.place.string())));
}

// Notes what the manager said, so that what it forgets later is not taken to be lost.
void note_seen(const JobFolder& folder, JobSight& sight) {
    if (!sight.report || sight.report->ids.empty()) return;
    Submission last = sight.submissions.back();
    const SubmissionState before = last.state;
    if (before == SubmissionState::cancelled || before == SubmissionState::ended) return;
    const bool is_uncertain =
        before == SubmissionState::sending || before == SubmissionState::refused;
    if (is_uncertain && !tells_of_all(*sight.report, last)) return;
    last.state = has_ended(look_at_units(sight)) ? SubmissionState::ended : SubmissionState::seen;
    if (last.ids.empty()) last.ids = sight.report->ids;
    if (last.state == before) return;
    const FileLock lock = lock_of(folder);
    if (!lock.held() || !is_still_last(folder, sight)) return;  // the next look notes it
    write_submission(folder.place, static_cast<std::int32_t>(sight.submissions.size()), last);
    sight.submissions.back() = std::move(last);
}

}  // namespace

HandedOver submit_job(const JobFolder& folder, const Clock& clock) {
    const FileLock lock = required_lock_of(folder);
    const std::vector<Submission> before = read_submissions(folder.place);
    const auto number = static_cast<std::int32_t>(before.size());
    if (before.empty()) {
        std::set<std::string> all;
        for (const Unit& unit : folder.job.units) all.insert(unit.name);
        return {.submission = hand_over_part(folder, all, clock), .is_new = true, .why_not = {}};
    }
    const SubmissionState state = before.back().state;
    if (state == SubmissionState::sending || state == SubmissionState::refused) {
        return complete(folder, number, before.back(), clock);
    }
    return {.submission = before.back(),
            .is_new = false,
            .why_not = fmt::format("submitted before, at {}",
                                   utc_text(Millis(before.back().submitted_at)))};
}

JobSight look_at_job(const JobFolder& folder, const Clock& clock) {
    JobSight sight = sight_of(folder, clock);
    ask_manager(folder, sight);
    const auto units = look_at_units(sight);
    if (!is_lost(sight, units)) {
        note_seen(folder, sight);
        return sight;
    }
    {
        const FileLock lock = required_lock_of(folder);
        if (is_still_last(folder, sight)) {
            const auto lost = units_lost(sight, units);
            const std::int32_t losses = sight.submissions.back().losses + 1;
            require_few_losses(folder, losses);
            cancel_last(folder, sight);
            const Submission again = hand_over_part(folder, lost, clock, losses);
            say("{} has lost {}the job that was submitted at {}: {} handed over again ({})\n",
                folder.exported.manager,
                sight.report->ids.empty() ? "" : "a part of ",
                utc_text(Millis(sight.submissions.back().submitted_at)),
                counted(static_cast<std::int64_t>(lost.size()), "unit"),
                fmt::join(again.ids, ", "));
        }
    }
    sight = sight_of(folder, clock);
    ask_manager(folder, sight);
    return sight;
}

Submission hand_over_units(const JobFolder& folder,
                           const std::set<std::string>& units,
                           const Clock& clock) {
    const FileLock lock = required_lock_of(folder);
    return hand_over_part(folder, units, clock);
}

void cancel_job(const JobFolder& folder) {
    const FileLock lock = required_lock_of(folder);
    const std::vector<Submission> all = read_submissions(folder.place);
    if (all.empty()) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: was not submitted: there is nothing to cancel",
                                folder.place.string()));
    }
    for (std::size_t at = 0; at < all.size(); ++at) {
        const auto number = static_cast<std::int32_t>(at) + 1;
        Submission submission = all[at];
        if (submission.state == SubmissionState::cancelled) continue;
        const ManagerFiles files = files_of(folder, number, submission);
        if (files.to_cancel.empty()) {
            throw Error(ErrorKind::usage,
                        fmt::format("nightreel cannot cancel a job of {}: cancel {} there",
                                    folder.exported.manager,
                                    fmt::join(submission.ids, ", ")));
        }
        if (submission.state == SubmissionState::sending) {
            wait_for_lines_of_others(folder);
            submission.ids = query(folder, number, submission).ids;
        }
        cancel_at_manager(folder, number, submission, files);
        submission.state = SubmissionState::cancelled;
        write_submission(folder.place, number, submission);
    }
}

}  // namespace nightreel::cli

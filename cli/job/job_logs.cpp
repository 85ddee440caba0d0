// logs --job: what each run of a unit wrote, from its file in the job directory.
#include <fstream>

#include <fmt/format.h>
#include <poll.h>

#include "cli/farm/log_follower.h"
#include "cli/job/hand_over.h"
#include "cli/job/job_verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr std::uintmax_t log_tail_max = 256 * 1024;
constexpr int look_at_logs_every_ms = 1'000;

struct LogTail {
    std::uintmax_t begin = 0;
    std::string text;
};

LogTail tail_of(const fs::path& path) {
    std::error_code missing;
    const std::uintmax_t bytes = fs::file_size(path, missing);
    if (missing) return {};
    LogTail tail{.begin = bytes > log_tail_max ? bytes - log_tail_max : 0, .text = {}};
    std::ifstream stream(path, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(tail.begin));
    tail.text.resize(bytes - tail.begin);
    stream.read(tail.text.data(), static_cast<std::streamsize>(tail.text.size()));
    tail.text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
    tail.text = plain_same_length(tail.text);
    return tail;
}

// One row for each run, as listings of a farm have them; a unit stands where those have a task.
Json rows_of_logs(const JobFolder& folder, const JobSight& sight, const std::string& path) {
    Json rows = Json::array();
    for (const Unit& unit : sight.job.units) {
        const auto attempts = sight.attempts.find(unit.name);
        if (!concerns(unit.name, path) || attempts == sight.attempts.end()) continue;
        std::size_t number = 0;
        for (const UnitAttempt& attempt : attempts->second) {
            const fs::path log = folder.place / (attempt_name_of(attempt) + ".log");
            LogTail tail = tail_of(log);
            rows.push_back({{"task", unit.name},
                            {"attempt", ++number},
                            {"worker", attempt.host},
                            {"path", log.string()},
                            {"running", !attempt.exit_code},
                            {"offset", tail.begin},
                            {"tail", std::move(tail.text)}});
        }
    }
    return rows;
}

void require_such_a_unit(const JobFolder& folder, const std::string& path) {
    for (const Unit& unit : folder.job.units) {
        if (concerns(unit.name, path)) return;
    }
    throw Error(ErrorKind::bad_input,
                fmt::format("{} has no shot, take or task \"{}\"", folder.place.string(), path));
}

int follow(const JobFolder& folder, const std::string& path, const Clock& clock) {
    LogFollower follower;
    while (true) {
        // Looked at before reading: nothing is written after it.
        const JobSight sight = look_at_job(folder, clock);
        const bool is_last = has_ended(look_at_units(sight));
        mention_text(follower.news(rows_of_logs(folder, sight_of(folder, clock), path)));
        if (is_last) return 0;
        ::poll(nullptr, 0, look_at_logs_every_ms);
    }
}

}  // namespace

int show_job_logs(const std::string& directory,
                  const std::string& path,
                  bool follows,
                  bool json,
                  const Surroundings& surroundings) {
    const JobFolder folder = open_job_folder(directory);
    require_such_a_unit(folder, path);
    if (follows) {
        if (json) throw Error(ErrorKind::usage, "logs: --follow has no --json form");
        return follow(folder, path, surroundings.clock);
    }
    const Json rows = rows_of_logs(folder, sight_of(folder, surroundings.clock), path);
    if (json) {
        answer("{}\n", Json({{"format", 1}, {"logs", rows}}).dump(2));
        return 0;
    }
    if (rows.empty()) say("nothing of it was started yet\n");
    for (const Json& log : rows) {
        const auto tail = log["tail"].get<std::string>();
        answer("{}{}{}", log_heading(log), tail, tail.empty() || tail.back() == '\n' ? "" : "\n");
    }
    return 0;
}

}  // namespace nightreel::cli

#include "plugins/flamenco/flamenco.h"

#include <fmt/format.h>

#include "plugins/http_answer.h"
#include "plugins/scripts.h"  // from the script files

namespace nightreel {
namespace {

constexpr const char* flamenco_uuid = "nightreel.submission";  // in the job's metadata
constexpr std::size_t reasons_max = 50;                        // one more request each

// Units by name, type of the task and numbers of those that end first; nightreel.js reads them.
Json units_of_night(const ManagerJob& job, const FlamencoSite& site) {
    Json units = Json::array();
    for (const Unit& unit : job.units) {
        Json before = Json::array();
        for (const auto* others : {&unit.needs, &unit.after}) {
            for (const std::uint32_t other : *others) before.push_back(other);
        }
        const std::string& type = unit.resources.runs_model ? site.model_task_type : "misc";
        units.push_back(Json::array({unit.name, type, std::move(before)}));
    }
    return units;
}

ManagerFiles flamenco_files(const ManagerJob& job, const ManagersSection& site) {
    Json flamenco{
        {"name", "nightreel " + job.show},
        {"type", "nightreel"},
        {"priority", site.flamenco.priority},
        {"submitter_platform", "linux"},
        {"settings",
         {{"job_directory", job.directory}, {"units", units_of_night(job, site.flamenco).dump()}}},
        {"metadata", {{flamenco_uuid, ""}, {"nightreel.show", job.show}}}};
    if (site.flamenco.worker_tag) flamenco["worker_tag"] = *site.flamenco.worker_tag;
    const auto line = [&](const char* verb) {
        return shell_words({"./flamenco.py", verb, site.flamenco.manager});
    };
    return {.texts = {{"flamenco.json", flamenco.dump(1) + "\n"},
                      {"flamenco.py", scripts::flamenco_flamenco},
                      {"nightreel.js", scripts::flamenco_nightreel}},
            .to_submit = line("submit"),
            .to_watch = "",
            .to_cancel = line("cancel"),
            .names_place = true};
}

UnitState state_of_task(const std::string& status) {
    if (status == "active") return UnitState::running;
    if (status == "completed") return UnitState::done;
    if (status == "failed") return UnitState::failed;
    if (status == "canceled") return UnitState::cancelled;
    return UnitState::waiting;  // queued, soft-failed, paused
}

class FlamencoQuestion {
  public:
    FlamencoQuestion(const ManagersSection& site, const RunCommand& run)
        : api_(site.flamenco.manager + "/api/v3/"), run_(run) {}

    ManagerReport answer(const Submission& submission) const {
        ManagerReport report;
        for (const Json& job : jobs_of(submission)) {
            const Json metadata = job.value("metadata", Json::object());
            if (!metadata.is_object() || metadata.value(flamenco_uuid, "") != submission.uuid)
                continue;
            if (job.contains("delete_requested_at")) continue;
            report.ids.push_back(job.at("id").get<std::string>());
            add_units(report, report.ids.back());
        }
        return report;
    }

  private:
    Json ask(const std::string& path) const {
        const std::string address = api_ + path;
        return json_of(ask_over_http(run_, {address}).front(), address);
    }

    std::vector<Json> jobs_of(const Submission& submission) const {
        std::vector<Json> jobs;
        if (submission.ids.empty()) {
            const Json all = ask("jobs").at("jobs");
            for (const Json& job : all) jobs.push_back(job);
            return jobs;
        }
        std::vector<std::string> addresses;
        for (const std::string& id : submission.ids) addresses.push_back(api_ + "jobs/" + id);
        const std::vector<HttpAnswer> answers = ask_over_http(run_, addresses);
        for (std::size_t at = 0; at < answers.size(); ++at) {
            if (answers[at].status == 404) continue;  // forgotten
            jobs.push_back(json_of(answers[at], addresses[at]));
        }
        return jobs;
    }

    void add_units(ManagerReport& report, const std::string& id) const {
        std::vector<std::size_t> failed;
        std::vector<std::string> addresses;
        const Json tasks = ask("jobs/" + id + "/tasks").at("tasks");
        for (const Json& task : tasks) {
            const std::string status = task.at("status").get<std::string>();
            UnitReport& unit = report.units.emplace_back();
            unit.unit = task.at("name").get<std::string>();
            unit.state = state_of_task(status);
            unit.host = task.value("worker", Json::object()).value("name", "");
            if (unit.state == UnitState::waiting && status != "queued") unit.reason = status;
            if (unit.state != UnitState::failed || failed.size() == reasons_max) continue;
            failed.push_back(report.units.size() - 1);
            addresses.push_back(api_ + "tasks/" + task.at("id").get<std::string>());
        }
        const std::vector<HttpAnswer> answers = ask_over_http(run_, addresses);
        for (std::size_t at = 0; at < answers.size(); ++at) {
            const Json task = json_of(answers[at], addresses[at]);
            report.units[failed[at]].reason = task.value("activity", "");
        }
    }

    std::string api_;
    const RunCommand& run_;
};

ManagerReport flamenco_query(const ManagerJob&,
                             const ManagersSection& site,
                             const Submission& submission,
                             const RunCommand& run) {
    return understood("the Flamenco Manager at " + site.flamenco.manager,
                      [&] { return FlamencoQuestion(site, run).answer(submission); });
}

}  // namespace

FarmManager flamenco_manager() {
    return {.name = "flamenco",
            .meaning = "Flamenco 3: a job type of its own, sent over HTTP",
            .files = flamenco_files,
            .query = flamenco_query};
}

}  // namespace nightreel

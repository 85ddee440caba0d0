#include "cli/farm/job_listing.h"

#include <limits>

#include "cli/json_values.h"
#include "cli/night/take_report.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

// `ask` gives the page from a place on; the rows `key` of all pages are put together.
template <class Ask>
Json all_pages(const char* key, const Ask& ask) {
    Json all;
    std::uint64_t first = 0;
    do {
        const wire::Listing page = ask(first);
        Json part = parse_json(page.text, "listing");
        if (all.is_null()) {
            all = std::move(part);
        } else {
            for (Json& row : part[key]) all[key].push_back(std::move(row));
        }
        first = page.next;
    } while (first != 0);
    return all;
}

}  // namespace

Json read_status(wire::Client& client, const JobAddress& address) {
    Json all = all_pages("tasks", [&](std::uint64_t first) {
        return client.list(wire::GetStatus{address.job, address.path, first});
    });
    all["takes"] = to_json_value(takes_of(all["tasks"]));
    return all;
}

Json read_night(wire::Client& client, std::uint64_t job) {
    Json pieces = all_pages("files", [&](std::uint64_t first) {
        return client.list(wire::GetNight{job, first});
    });
    Json files = Json::array();
    for (const Json& piece : pieces["files"]) {
        const bool goes_on = !files.empty() && files.back()["name"] == piece["name"];
        if (!goes_on) {
            files.push_back(piece);
            continue;
        }
        files.back()["text"] = text_at(files.back(), "text") + text_at(piece, "text");
    }
    pieces["files"] = std::move(files);
    return pieces;
}

Json read_rate_rows(wire::Client& client) {
    return all_pages("rates",
                     [&](std::uint64_t first) { return client.list(wire::GetRates{first}); });
}

Json read_jobs(wire::Client& client) {
    return all_pages("jobs",
                     [&](std::uint64_t first) { return client.list(wire::ListJobs{first}); });
}

Json read_review_rows(wire::Client& client) {
    return all_pages("notes",
                     [&](std::uint64_t first) { return client.list(wire::GetReviews{first}); });
}

Json read_workers(wire::Client& client) {
    return all_pages("workers",
                     [&](std::uint64_t first) { return client.list(wire::ListWorkers{first}); });
}

std::uint64_t latest_job(wire::Client& client) {
    const Json jobs = read_jobs(client).value("jobs", Json::array());
    if (jobs.empty()) throw Error(ErrorKind::bad_input, "no night was submitted to this farm");
    return number_of<std::uint64_t>(jobs.back(), "job");
}

JobAddress job_meant(wire::Client& client, const std::string& text) {
    return text.empty() ? JobAddress{latest_job(client), {}} : parse_job_address(text);
}

Json read_job_head(wire::Client& client, std::uint64_t job) {
    // From a task on that no job has: the head alone.
    constexpr auto no_task = std::numeric_limits<std::uint32_t>::max();
    return parse_json(client.list(wire::GetStatus{job, {}, no_task}).text, "status").at("job");
}

std::string job_state(wire::Client& client, std::uint64_t job) {
    return text_at(read_job_head(client, job), "state");
}

std::set<std::string> tasks_done(const Json& status) {
    std::set<std::string> names;
    for (const Json& task : status.at("tasks")) {
        if (text_at(task, "state") == "done") names.insert(text_at(task, "task"));
    }
    return names;
}

}  // namespace nightreel::cli

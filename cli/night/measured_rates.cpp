#include "cli/night/measured_rates.h"

#include <filesystem>

#include "cli/farm/farm_folder.h"
#include "cli/farm/job_listing.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

std::vector<TaskRate> read_rates(wire::Client& client) {
    std::vector<TaskRate> rates;
    try {
        const Json listed = read_rate_rows(client);
        for (const Json& row : listed.at("rates")) {
            rates.push_back(from_json_value<TaskRate>(row));
        }
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::bad_input) throw;
        rates.clear();
    }
    return rates;
}

std::vector<TaskRate> rates_at(const FarmChoice& choice, const Surroundings& surroundings) {
    const bool has_run = std::filesystem::exists(farm_folder_of(choice.output).journal());
    if (choice.config.empty() && !has_run) return {};
    try {
        FarmAccess farm(
            choice.config.empty() ? choice : FarmChoice{.output = {}, .config = choice.config},
            surroundings);
        return read_rates(farm.client());
    } catch (const Error& error) {
        say("estimates: measured figures cannot be read: {}\n", error.what());
        return {};
    }
}

}  // namespace nightreel::cli

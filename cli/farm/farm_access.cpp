#include "cli/farm/farm_access.h"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr Millis patience{10'000};
constexpr const char* default_output = "out";  // as `run` has it

// A scheduler that listens on every address of its machine is found at this one.
std::string reachable(std::string endpoint) {
    for (const std::string_view any : {"//*:", "//0.0.0.0:"}) {
        const std::size_t at = endpoint.find(any);
        if (at != std::string::npos) endpoint.replace(at, any.size(), "//127.0.0.1:");
    }
    return endpoint;
}

wire::Address scheduler_address(const FarmConfig& config, const std::string& path) {
    const ClientSection& client = *config.client;
    if (client.scheduler_key) {
        return {client.scheduler.value_or(WorkerSection{}.scheduler),
                wire::PublicKey::from_text(*client.scheduler_key)};
    }
    if (!config.scheduler) {
        throw Error(ErrorKind::bad_input,
                    path + ": names no scheduler: set client.scheduler and client.scheduler_key");
    }
    return {reachable(client.scheduler.value_or(config.scheduler->endpoint)),
            wire::read_key_pair(*config.scheduler->key_file).public_key};
}

}  // namespace

Option config_option(std::string& target) {
    return {.names = "--config",
            .target = &target,
            .meaning = "farm configuration file (default: $NIGHTREEL_FARM)",
            .value = "FILE"};
}

Option job_argument(std::string& target, const char* meaning) {
    return {
        .names = "job", .target = &target, .meaning = meaning, .value = "JOB", .required = true};
}

Option job_or_part_argument(std::string& target) {
    return {.names = "job",
            .target = &target,
            .meaning = "JOB[.SHOT[.TAKE[.TASK]]]; with --job: SHOT[.TAKE[.TASK]], default: all",
            .value = "JOB"};
}

void add_farm_options(Command& command, FarmChoice& choice, const Surroundings& surroundings) {
    choice.config = surroundings.farm_config;
    command.options.push_back({.names = "-o,--output",
                               .target = &choice.output,
                               .meaning = "output folder of `nightreel run`",
                               .value = "DIR"});
    Option config = config_option(choice.config);
    config.excludes = "--output";
    command.options.push_back(std::move(config));
}

FarmConfig load_farm_config(const std::string& path, const FarmReaders& readers) {
    CheckedFarmConfig checked = read_farm_config(path, environment_variable, readers);
    say_text(text_of(checked.diagnostics));
    if (checked.config) return std::move(*checked.config);
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", path, count_text(checked.diagnostics)));
}

FarmAccess::FarmAccess(const FarmChoice& choice, const Surroundings& surroundings) {
    const bool is_chosen = !choice.output.empty() || !choice.config.empty();
    if (!is_chosen && !fs::exists(farm_folder_of(default_output).journal())) {
        throw Error(
            ErrorKind::usage,
            "no farm given: use -o DIR (output folder of `nightreel run`) or --config FARM.yaml");
    }
    if (choice.config.empty() || !choice.output.empty()) {
        open_folder(choice.output.empty() ? default_output : choice.output, surroundings);
        return;
    }
    const FarmConfig config = load_farm_config(choice.config, {.client = true});
    client_ = std::make_unique<wire::Client>(scheduler_address(config, choice.config),
                                             wire::read_key_pair(*config.client->key_file),
                                             surroundings.clock,
                                             patience);
}

void FarmAccess::open_folder(const std::string& output, const Surroundings& surroundings) {
    const FarmFolder folder = farm_folder_of(output);
    if (!fs::exists(folder.journal())) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: no night was run into this folder", output));
    }
    if (const auto served = served_folder(folder)) {
        if (served->address.endpoint.empty()) {
            throw Error(ErrorKind::unavailable,
                        output + ": another command is opening or closing this folder; try again");
        }
        nobody_works_ = !served->by_run;
        client_ = std::make_unique<wire::Client>(served->address,
                                                 wire::read_key_pair(folder.key("operator")),
                                                 surroundings.clock,
                                                 patience);
        return;
    }
    nobody_works_ = true;
    embedded_ = std::make_unique<EmbeddedFarm>(folder, surroundings.clock, 0);
    client_ = embedded_->connect();
}

JobAddress parse_job_address(const std::string& text) {
    JobAddress address;
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto read = std::from_chars(text.data(), text.data() + dot, address.job);
    if (dot == 0 || read.ec != std::errc() || read.ptr != text.data() + dot) {
        throw Error(
            ErrorKind::usage,
            fmt::format(
                "invalid job '{}': expected JOB, JOB.SHOT, JOB.SHOT.TAKE or JOB.SHOT.TAKE.TASK, "
                "where JOB is a number (nightreel list shows them)",
                text));
    }
    if (dot < text.size()) address.path = text.substr(dot + 1);
    return address;
}

}  // namespace nightreel::cli

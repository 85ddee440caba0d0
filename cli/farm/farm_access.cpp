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

// A scheduler that listens on every address of its machine is found at this one.
std::string reachable(std::string endpoint) {
    for (const std::string_view any : {"//*:", "//0.0.0.0:"}) {
        const std::size_t at = endpoint.find(any);
        if (at != std::string::npos) endpoint.replace(at, any.size(), "//127.0.0.1:");
    }
    return endpoint;
}

}  // namespace

Option config_option(std::string& target) {
    return {.names = "--config",
            .target = &target,
            .meaning = "farm configuration file (default: $NIGHTREEL_FARM)",
            .value = "FILE"};
}

Option job_argument(std::string& target) {
    return {.names = "job",
            .target = &target,
            .meaning = "JOB[.SHOT[.TAKE[.TASK]]]",
            .value = "JOB",
            .required = true};
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

FarmConfig load_farm_config(const std::string& path) {
    CheckedFarmConfig checked = read_farm_config(path, environment_variable);
    say("{}", text_of(checked.diagnostics));
    if (checked.config) return std::move(*checked.config);
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}", path, count_text(checked.diagnostics)));
}

wire::Address scheduler_address(const FarmConfig& config) {
    if (config.worker) {
        return {config.worker->scheduler, wire::PublicKey::from_text(config.worker->scheduler_key)};
    }
    if (!config.scheduler)
        throw Error(ErrorKind::bad_input,
                    "the configuration has neither a scheduler: nor a worker: section");
    const fs::path key =
        config.scheduler->key_file.value_or((fs::path(config.keys) / "scheduler.key").string());
    return {reachable(config.scheduler->endpoint), wire::read_key_pair(key).public_key};
}

FarmAccess::FarmAccess(const FarmChoice& choice, const Surroundings& surroundings) {
    if (choice.output.empty() && choice.config.empty()) {
        throw Error(
            ErrorKind::usage,
            "no farm given: use -o DIR (output folder of `nightreel run`) or --config FARM.yaml");
    }
    if (choice.output.empty()) {
        const FarmConfig config = load_farm_config(choice.config);
        const wire::KeyPair own = wire::read_key_pair(fs::path(config.keys) / "operator.key");
        client_ = std::make_unique<wire::Client>(
            scheduler_address(config), own, surroundings.clock, patience);
        return;
    }
    const FarmFolder folder = farm_folder_of(choice.output);
    if (!fs::exists(folder.journal())) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: no night was run into this folder", choice.output));
    }
    if (is_served(folder)) {
        const wire::KeyPair own = wire::read_key_pair(folder.key("operator"));
        client_ = std::make_unique<wire::Client>(
            served_address(folder), own, surroundings.clock, patience);
        return;
    }
    embedded_ = std::make_unique<EmbeddedFarm>(folder, surroundings.clock, 1);
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

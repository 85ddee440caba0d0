// keys: key pairs for daemons and people, and the files of a first farm.
#include "scheduler/protocol/keys.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/log.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr std::int32_t scheduler_port = 7411;
constexpr double port_max = 65535;
constexpr std::int32_t workers_max = 1000;

int make_key(const fs::path& path) {
    const fs::path folder = path.parent_path();
    if (!folder.empty() && fs::create_directories(folder)) {
        fs::permissions(folder, fs::perms::owner_all);
    }
    const wire::KeyPair keys = wire::make_key_pair();
    wire::write_key_pair(path, keys);
    answer("{}\n", keys.public_key.text());
    return 0;
}

int show_key(const std::string& path) {
    answer("{}\n", wire::read_key_pair(path).public_key.text());
    return 0;
}

struct FarmAsked {
    std::string folder;
    std::int32_t port = scheduler_port;
    std::int32_t workers = 1;
};

// One worker has its section in farm.yaml itself; of several each has a file of its own.
std::string name_of_worker(const FarmAsked& asked, std::int32_t number) {
    return asked.workers == 1 ? "worker" : fmt::format("worker{}", number);
}

std::string worker_section(const FarmAsked& asked,
                           const std::string& worker,
                           const wire::PublicKey& scheduler) {
    return fmt::format(
        "worker:\n"
        "  scheduler: tcp://127.0.0.1:{port}\n"
        "  scheduler_key: \"{scheduler}\"\n"
        "  key_file: keys/{worker}.key\n"
        "  store: artifacts\n"
        "  state: {worker}\n",
        fmt::arg("port", asked.port),
        fmt::arg("scheduler", scheduler.text()),
        fmt::arg("worker", worker));
}

std::string farm_text(const FarmAsked& asked,
                      const wire::PublicKey& scheduler,
                      const wire::PublicKey& person,
                      const std::vector<wire::PublicKey>& workers) {
    std::string text = fmt::format(
        "# A farm with one scheduler and {count}. Every machine has a copy of this folder with "
        "the\n"
        "# key files that it needs: the scheduler scheduler.key, a worker its own key, people\n"
        "# operator.key. On other machines than the scheduler's, write its address in place of\n"
        "# 127.0.0.1; `endpoint: tcp://*:{port}` listens to them.\n"
        "nightreel_farm: 1\n"
        "keys: keys\n"
        "scheduler:\n"
        "  endpoint: tcp://127.0.0.1:{port}\n"
        "  state: state\n"
        "  output: out\n"
        "  store: artifacts\n"
        "  allow:\n"
        "    - {{ name: operator, role: admin, key: \"{person}\" }}\n",
        fmt::arg("count", counted(asked.workers, "worker")),
        fmt::arg("port", asked.port),
        fmt::arg("person", person.text()));
    for (std::int32_t number = 1; number <= asked.workers; ++number) {
        text += fmt::format("    - {{ name: {}, role: worker, key: \"{}\" }}\n",
                            name_of_worker(asked, number),
                            workers[static_cast<std::size_t>(number - 1)].text());
    }
    text += fmt::format(
        "client:\n"
        "  scheduler: tcp://127.0.0.1:{}\n"
        "  scheduler_key: \"{}\"\n"
        "  key_file: keys/operator.key\n",
        asked.port,
        scheduler.text());
    if (asked.workers == 1) text += worker_section(asked, name_of_worker(asked, 1), scheduler);
    return text;
}

// Writes the files of workers that have their own, and returns the one that each is started with.
std::vector<std::string> write_worker_files(const FarmAsked& asked,
                                            const wire::PublicKey& scheduler) {
    std::vector<std::string> files;
    for (std::int32_t number = 1; number <= asked.workers; ++number) {
        const std::string worker = name_of_worker(asked, number);
        const fs::path file =
            fs::path(asked.folder) / (asked.workers == 1 ? "farm.yaml" : worker + ".yaml");
        files.push_back(file.string());
        if (asked.workers == 1) continue;
        write_file_atomically(
            file,
            fmt::format("# {} of the farm in farm.yaml. `store` must be one folder "
                        "that all workers share.\nnightreel_farm: 1\nkeys: keys\n{}",
                        worker,
                        worker_section(asked, worker, scheduler)));
    }
    return files;
}

int make_farm(const FarmAsked& asked) {
    const fs::path folder = asked.folder;
    const fs::path config = folder / "farm.yaml";
    if (fs::exists(config)) throw Error(ErrorKind::bad_input, config.string() + " already exists");
    fs::create_directories(folder / "keys");
    fs::permissions(folder / "keys", fs::perms::owner_all);
    const auto key_of = [&](const std::string& name) {
        return wire::ensure_key_pair(folder / "keys" / (name + ".key")).public_key;
    };
    std::vector<wire::PublicKey> workers;
    for (std::int32_t number = 1; number <= asked.workers; ++number) {
        workers.push_back(key_of(name_of_worker(asked, number)));
    }
    const wire::PublicKey scheduler = key_of("scheduler");
    const std::vector<std::string> worker_files = write_worker_files(asked, scheduler);
    // Last: with it the farm is there.
    write_file_atomically(config, farm_text(asked, scheduler, key_of("operator"), workers));
    answer("{}\n", config.string());
    std::string next = fmt::format(
        "Next, each in a terminal of its own:\n"
        "  nightreel serve --config {}\n",
        config.string());
    for (const std::string& file : worker_files) {
        next += fmt::format("  nightreel worker --config {}\n", file);
    }
    say("{}and then:\n  nightreel submit NIGHT.yaml --config {}\n", next, config.string());
    return 0;
}

Command keys_farm_command() {
    const auto asked = std::make_shared<FarmAsked>();
    return {.name = "farm",
            .meaning = "create the keys and the configuration of a first farm",
            .example = "nightreel keys farm farm --workers 3",
            .options = {{.names = "folder",
                         .target = &asked->folder,
                         .meaning = "folder to create them in",
                         .value = "DIR",
                         .required = true},
                        {.names = "--workers",
                         .target = &asked->workers,
                         .meaning = "number of workers; each gets a key of its own",
                         .value = "N",
                         .shows_default = true,
                         .limits = {1, workers_max}},
                        {.names = "--port",
                         .target = &asked->port,
                         .meaning = "port of the scheduler",
                         .value = "PORT",
                         .shows_default = true,
                         .limits = {1, port_max}}},
            .run = [asked] { return make_farm(*asked); }};
}

}  // namespace

Command keys_command(const Surroundings&) {
    const auto path = std::make_shared<std::string>();
    Command make{.name = "make",
                 .meaning = "create a key pair and print its public key",
                 .example = "nightreel keys make keys/ada.key",
                 .options = {{.names = "file",
                              .target = path.get(),
                              .meaning = "key file to write, readable by its owner only",
                              .value = "FILE",
                              .required = true}},
                 .run = [path] { return make_key(*path); }};
    Command show{.name = "show",
                 .meaning = "print the public key of a key file",
                 .example = "nightreel keys show keys/ada.key",
                 .options = {{.names = "file",
                              .target = path.get(),
                              .meaning = "key file",
                              .value = "FILE",
                              .required = true}},
                 .run = [path] { return show_key(*path); }};
    return {.name = "keys",
            .meaning = "create the keys that people and machines use to connect to a farm",
            .commands = {std::move(make), std::move(show), keys_farm_command()}};
}

}  // namespace nightreel::cli

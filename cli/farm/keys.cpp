// keys: key pairs for daemons and people, and the files of a first farm.
#include "scheduler/protocol/keys.h"

#include <cstdint>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

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

std::string farm_text(std::int32_t port,
                      const wire::PublicKey& scheduler,
                      const wire::PublicKey& person,
                      const wire::PublicKey& worker) {
    return fmt::format(
        "# A farm with one scheduler and one worker. Every machine has a copy of this file and the "
        "key\n"
        "# files it needs: scheduler.key, worker.key (one for each worker), operator.key.\n"
        "nightreel_farm: 1\n"
        "keys: keys\n"
        "scheduler:\n"
        "  endpoint: tcp://127.0.0.1:{port}\n"
        "  state: state\n"
        "  output: out\n"
        "  allow:\n"
        "    - {{ name: operator, role: admin, key: \"{person}\" }}\n"
        "    - {{ name: worker, role: worker, key: \"{worker}\" }}\n"
        "worker:\n"
        "  scheduler: tcp://127.0.0.1:{port}\n"
        "  scheduler_key: \"{scheduler}\"\n"
        "  store: artifacts\n"
        "  state: worker\n",
        fmt::arg("port", port),
        fmt::arg("scheduler", scheduler.text()),
        fmt::arg("person", person.text()),
        fmt::arg("worker", worker.text()));
}

int make_farm(const fs::path& folder, std::int32_t port) {
    const fs::path config = folder / "farm.yaml";
    if (fs::exists(config)) throw Error(ErrorKind::bad_input, config.string() + " already exists");
    fs::create_directories(folder / "keys");
    fs::permissions(folder / "keys", fs::perms::owner_all);
    const auto key_of = [&](const char* name) {
        return wire::ensure_key_pair(folder / "keys" / (std::string(name) + ".key")).public_key;
    };
    write_file_atomically(
        config, farm_text(port, key_of("scheduler"), key_of("operator"), key_of("worker")));
    answer("{}\n", config.string());
    say("Next, each in a terminal of its own:\n  nightreel serve --config {0}\n  nightreel "
        "worker --config {0}\n"
        "and then:\n  nightreel submit NIGHT.yaml --config {0}\n",
        config.string());
    return 0;
}

}  // namespace

Command keys_command(const Surroundings&) {
    const auto path = std::make_shared<std::string>();
    const auto port = std::make_shared<std::int32_t>(scheduler_port);
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
    Command farm{.name = "farm",
                 .meaning = "create the keys and the configuration of a first farm",
                 .example = "nightreel keys farm farm",
                 .options = {{.names = "folder",
                              .target = path.get(),
                              .meaning = "folder to create them in",
                              .value = "DIR",
                              .required = true},
                             {.names = "--port",
                              .target = port.get(),
                              .meaning = "port of the scheduler",
                              .value = "PORT",
                              .shows_default = true,
                              .limits = {1, port_max}}},
                 .run = [path, port] { return make_farm(*path, *port); }};
    return {.name = "keys",
            .meaning = "create the keys that people and machines use to connect to a farm",
            .commands = {std::move(make), std::move(show), std::move(farm)}};
}

}  // namespace nightreel::cli

// keys: key pairs for daemons and people, and the files of a first farm.
#include "scheduler/protocol/keys.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/log.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr const char* scheduler_port = "7411";

int make_key(const std::string& path) {
    const wire::KeyPair keys = wire::make_key_pair();
    wire::write_key_pair(path, keys);
    fmt::print("{}\n", keys.public_key.text());
    return 0;
}

int show_key(const std::string& path) {
    fmt::print("{}\n", wire::read_key_pair(path).public_key.text());
    return 0;
}

std::string farm_text(const std::string& port,
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

int make_farm(const fs::path& folder, const std::string& port) {
    const fs::path config = folder / "farm.yaml";
    if (fs::exists(config))
        throw Error(ErrorKind::bad_input, config.string() + " is there already");
    fs::create_directories(folder / "keys");
    fs::permissions(folder / "keys", fs::perms::owner_all);
    const auto key_of = [&](const char* name) {
        return wire::ensure_key_pair(folder / "keys" / (std::string(name) + ".key")).public_key;
    };
    write_file_atomically(
        config, farm_text(port, key_of("scheduler"), key_of("operator"), key_of("worker")));
    fmt::print("{}\n", config.string());
    fmt::print(stderr,
               "Next, each in a terminal of its own:\n  nightreel serve --config {0}\n  nightreel "
               "worker --config {0}\n"
               "and then:\n  nightreel submit NIGHT.yaml --config {0}\n",
               config.string());
    return 0;
}

}  // namespace

void add_keys(Verbs& verbs) {
    CLI::App* verb = verbs.app.add_subcommand("keys", "make the keys that farms are closed with");
    verb->require_subcommand(1);
    const auto path = std::make_shared<std::string>();
    const auto port = std::make_shared<std::string>(scheduler_port);
    CLI::App* make = verb->add_subcommand("make", "make a key pair; prints the public key");
    make->add_option("file", *path, "file to write, for its owner alone")->required();
    make->callback([&verbs, path] { verbs.chosen = [path] { return make_key(*path); }; });
    CLI::App* show = verb->add_subcommand("show", "print the public key of a key file");
    show->add_option("file", *path, "key file")->required();
    show->callback([&verbs, path] { verbs.chosen = [path] { return show_key(*path); }; });
    CLI::App* farm =
        verb->add_subcommand("farm", "make the keys and the configuration of a first farm");
    farm->add_option("folder", *path, "where they go")->required();
    farm->add_option("--port", *port, "port of the scheduler")->capture_default_str();
    farm->callback(
        [&verbs, path, port] { verbs.chosen = [path, port] { return make_farm(*path, *port); }; });
}

}  // namespace nightreel::cli

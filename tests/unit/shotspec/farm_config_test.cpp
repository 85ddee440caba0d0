#include "shotspec/farm_config.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

std::optional<std::string> variable(const std::string& name) {
    if (name == "HOME") return "/home/somebody";
    if (name == "NIGHTREEL_WORKER") return "render01";
    if (name == "NIGHTREEL_DEVICE") return "cuda:1";
    return {};
}

constexpr FarmReaders everybody{.scheduler = true, .worker = true, .client = true};

FarmConfig loaded(const std::string& name) {
    const CheckedFarmConfig checked = read_farm_config("farm_configs/" + name, variable, everybody);
    INFO(text_of(checked.diagnostics));
    REQUIRE(checked.config);
    return *checked.config;
}

std::string complaints_of(const std::string& text) {
    TemporaryFolder folder;
    write_file_atomically(folder.path() / "farm.yaml", text);
    std::string all;
    for (Diagnostic diagnostic :
         read_farm_config(folder.path() / "farm.yaml", variable, everybody).diagnostics) {
        diagnostic.file = "farm.yaml";
        all += text_of(diagnostic) + "\n";
    }
    return all;
}

}  // namespace

TEST_CASE("laptop_cpu.yaml loads; its paths are absolute", "[shotspec]") {
    const FarmConfig config = loaded("laptop_cpu.yaml");
    CHECK(config.keys == "/home/somebody/.config/nightreel/keys");
    CHECK(config.scheduler->key_file == config.keys + "/scheduler.key");
    CHECK(config.scheduler->allow.at(1).role == FarmRole::admin);
    CHECK(config.worker->device == "cpu");
    CHECK(config.worker->models.at(0) == std::filesystem::absolute("models").string());
}

TEST_CASE("one_gpu.yaml loads", "[shotspec]") {
    const FarmConfig config = loaded("one_gpu.yaml");
    CHECK(config.scheduler->limits.attempts_max == 2);
    CHECK_FALSE(config.scheduler->limits.lease);
    CHECK(config.worker->memory == ByteCount{std::int64_t{22} << 30});
}

TEST_CASE("service.yaml loads; all that it writes lies below the service's folder", "[shotspec]") {
    const FarmConfig config = loaded("service.yaml");
    for (const std::string& folder : {config.scheduler->state,
                                      config.scheduler->output.at(0).path,
                                      config.worker->store,
                                      config.worker->state}) {
        CHECK_THAT(folder, Catch::StartsWith("/var/lib/nightreel/"));
    }
    CHECK(config.keys == "/etc/nightreel/keys");
}

TEST_CASE("studio.yaml loads; each worker takes its folder from its environment", "[shotspec]") {
    const FarmConfig config = loaded("studio.yaml");
    CHECK(config.worker->device == "cuda:1");
    CHECK(config.worker->state == "/var/lib/nightreel/render01");
    CHECK(config.scheduler->limits.lease == Millis(90'000));
}

TEST_CASE("the scheduler takes the store from the worker's section, where it can be told",
          "[shotspec]") {
    const TemporaryFolder folder;
    const auto store_in = [&](const std::string& scheduler, const std::string& worker) {
        write_file_atomically(folder.path() / "farm.yaml",
                              "nightreel_farm: 1\nscheduler: {state: s, output: o" + scheduler +
                                  "}\nworker: {state: w" + worker + "}\n");
        const CheckedFarmConfig checked =
            read_farm_config(folder.path() / "farm.yaml", variable, {.scheduler = true});
        INFO(text_of(checked.diagnostics));
        REQUIRE(checked.config);
        return checked.config->scheduler->store.value_or("none");
    };
    CHECK(store_in("", "") == "none");
    CHECK(store_in("", ", store: here") == (folder.path() / "here").string());
    CHECK(store_in(", store: own", ", store: here") == (folder.path() / "own").string());
    CHECK(store_in("", ", store: '${HOME}/here'") == "/home/somebody/here");
    CHECK(store_in("", ", store: '${NOT_SET_HERE}'") == "none");
}

TEST_CASE("a worker may see each output root at a path of its own", "[shotspec]") {
    const TemporaryFolder folder;
    const auto worker_with = [&](const std::string& more) {
        write_file_atomically(folder.path() / "farm.yaml",
                              "nightreel_farm: 1\nworker: {store: s, state: w, scheduler_key: " +
                                  std::string(64, 'a') + ", " + more + "}\n");
        return read_farm_config(folder.path() / "farm.yaml", variable, {.worker = true});
    };
    const auto read = worker_with("output: here, outputs: {/archive: there}");
    INFO(text_of(read.diagnostics));
    REQUIRE(read.config);
    CHECK(read.config->worker->output == (folder.path() / "here").string());
    CHECK(read.config->worker->outputs.at("/archive") == (folder.path() / "there").string());
    CHECK_THAT(text_of(worker_with("outputs: {archive: /there}").diagnostics),
               Catch::Contains("invalid value 'archive': expected an absolute path"));
}

TEST_CASE("mistakes in a farm file are told all at once, with their places", "[shotspec]") {
    CHECK(complaints_of("nightreel_farm: 2\nscheduler: {}\n") ==
          "farm.yaml:1:17: nightreel_farm: unsupported version 2 of farm files; this release reads "
          "version 1\n");
    CHECK(complaints_of("nightreel_farm: 1\n"
                        "scheduler:\n"
                        "  endpoint: ipc://x\n"
                        "  state: s\n"
                        "  outptu: o\n"
                        "  allow:\n"
                        "    - { name: a, role: root, key: 12 }\n"
                        "  limits: { lease: 60 }\n") ==
          "farm.yaml:3:3: scheduler.output: is missing, for example /farm/out\n"
          "farm.yaml:3:13: scheduler.endpoint: invalid value 'ipc://x': expected an address with a "
          "port from 1 to 65535, such as tcp://host:7411\n"
          "farm.yaml:5:3: scheduler.outptu: unknown key; did you mean output?\n"
          "farm.yaml:7:24: scheduler.allow[0].role: invalid value 'root': expected view, submit, "
          "operate, approve, admin or worker\n"
          "farm.yaml:7:35: scheduler.allow[0].key: invalid value '12': expected a public key of 64 "
          "hexadecimal digits (0-9, a-f)\n"
          "farm.yaml:8:20: scheduler.limits.lease: expected a time such as 60s, 15min or 4h, not "
          "60\n");
}

TEST_CASE("an address has a port that exists", "[shotspec]") {
    for (const std::string port : {"abc", "0", "65536", "99999", "*", "", "74 11", "-1"}) {
        CAPTURE(port);
        CHECK(complaints_of("nightreel_farm: 1\nscheduler:\n  endpoint: \"tcp://127.0.0.1:" + port +
                            "\"\n  state: s\n  output: o\n")
                  .find("a port from 1 to 65535") != std::string::npos);
    }
    CHECK(complaints_of("nightreel_farm: 1\nscheduler:\n  endpoint: tcp://*:65535\n  state: s\n"
                        "  output: o\n")
              .empty());
}

TEST_CASE("one key and one name stand for one peer", "[shotspec]") {
    const std::string key(64, 'a');
    const std::string complaints = complaints_of(
        "nightreel_farm: 1\nscheduler:\n  state: s\n  output: o\n  allow:\n"
        "    - { name: a, role: view, key: " +
        key +
        " }\n"
        "    - { name: a, role: admin, key: " +
        key + " }\n");
    CHECK(complaints.find("allow[1].name: a is already in the list") != std::string::npos);
    CHECK(complaints.find("allow[1].key: this key is already in the list") != std::string::npos);
}

TEST_CASE("a worker's precision is one of the policies; left out, none is asked for",
          "[shotspec]") {
    CHECK_FALSE(loaded("studio.yaml").worker->precision);
    const std::string worker =
        "nightreel_farm: 1\nworker: { store: s, state: t, scheduler_key: " + std::string(64, 'a') +
        ", precision: ";
    for (const std::string& word : words_of<PrecisionPolicy>()) {
        CHECK(complaints_of(worker + word + " }\n").empty());
    }
    const std::string complaint = complaints_of(worker + "in8 }\n");
    INFO(complaint);
    CHECK(complaint.find("farm.yaml:2:") != std::string::npos);
    CHECK(complaint.find("did you mean int8") != std::string::npos);
}

TEST_CASE("a worker's stall limit is a time that work can keep", "[shotspec]") {
    CHECK(loaded("studio.yaml").worker->stall == Millis{600'000});
    const std::string worker =
        "nightreel_farm: 1\nworker: { store: s, state: t, scheduler_key: " + std::string(64, 'a') +
        ", stall: ";
    CHECK(complaints_of(worker + "30min }\n").empty());
    CHECK(complaints_of(worker + "10s }\n").empty());
    CHECK(complaints_of(worker + "9s }\n").find("invalid value '9s': expected 10s or longer") !=
          std::string::npos);
    CHECK(complaints_of(worker + "often }\n").find("farm.yaml:2:") != std::string::npos);
}

TEST_CASE("output roots are one path or a list of different ones", "[shotspec]") {
    const TemporaryFolder folder;
    const auto outputs = [&](const std::string& text) {
        write_file_atomically(folder.path() / "farm.yaml",
                              "nightreel_farm: 1\nscheduler:\n  state: s\n  output: " + text);
        return read_farm_config(folder.path() / "farm.yaml", variable, {.scheduler = true})
            .config.value()
            .scheduler->output;
    };
    const OutputRoot beside{(folder.path() / "out").string()};
    CHECK(outputs("out\n") == std::vector{beside});
    CHECK(outputs("[out, /mnt/b]\n") == std::vector{beside, OutputRoot{"/mnt/b"}});
    CHECK(outputs("\n    - /mnt/b\n    - out\n") == std::vector{OutputRoot{"/mnt/b"}, beside});
    const std::string scheduler = "nightreel_farm: 1\nscheduler:\n  state: s\n  output: ";
    CHECK(complaints_of(scheduler + "[/a, /b, /a/]\n")
              .find("farm.yaml:4:20: scheduler.output[2]: /a") != std::string::npos);
    CHECK(complaints_of(scheduler + "[]\n").find("a path or a list of 1 to 16 paths") !=
          std::string::npos);
    CHECK(complaints_of(scheduler + "{ a: b }\n") ==
          "farm.yaml:4:11: scheduler.output: expected a list, not a map\n");
    CHECK(complaints_of(scheduler + "\"\"\n").find("expected a path") != std::string::npos);
}

TEST_CASE("lease, keep_alive and stall are checked against each other, in whichever section",
          "[shotspec]") {
    const auto complaints = [](const std::string& limits,
                               const std::string& stall,
                               const FarmReaders& readers) {
        TemporaryFolder folder;
        std::string text = "nightreel_farm: 1\nscheduler:\n  state: s\n  output: o\n  limits: { " +
                           limits + " }\n";
        if (!stall.empty()) {
            text += "worker:\n  store: s\n  state: t\n  scheduler_key: " + std::string(64, 'a') +
                    "\n  stall: " + stall + "\n";
        }
        write_file_atomically(folder.path() / "farm.yaml", text);
        std::string all;
        for (Diagnostic diagnostic :
             read_farm_config(folder.path() / "farm.yaml", variable, readers).diagnostics) {
            diagnostic.file = "farm.yaml";
            all += text_of(diagnostic) + "\n";
        }
        return all;
    };
    const std::string short_lease =
        "keep_alive is 5s, lease 14s, stall 10min: lease must be at least 3 times keep_alive, or a "
        "lost message costs a worker its task: set lease to 15s or longer\n";
    const std::string short_stall =
        "keep_alive is 5s, lease 1min, stall 30s: stall must not be shorter than lease, or a disk "
        "that hangs for less than a lease fails tasks: set worker.stall to 1min or longer\n";
    for (const FarmReaders& readers :
         {FarmReaders{.scheduler = true}, FarmReaders{.worker = true}, everybody}) {
        CHECK(complaints("", "", {.scheduler = true}).empty());
        CHECK(complaints("lease: 15s", "15s", readers).empty());
        CHECK(complaints("lease: 60s, keep_alive: 20s", "60s", readers).empty());
        CHECK(complaints("lease: 14s", "600s", readers) ==
              "farm.yaml:5:20: scheduler.limits.lease: " + short_lease);
        CHECK(complaints("", "30s", readers) == "farm.yaml:10:10: worker.stall: " + short_stall);
    }
    CHECK_THAT(complaints("keep_alive: 30s", "", {.scheduler = true}),
               Catch::Contains("farm.yaml:5:25: scheduler.limits.keep_alive: keep_alive is 30s, "
                               "lease 1min, stall 10min"));
    CHECK_THAT(complaints("lease: 30min", "10min", {.worker = true}),
               Catch::Contains("farm.yaml:10:10: worker.stall") && Catch::Contains("lease 30min"));
    CHECK_THAT(complaints("lease: 30min", "${STALL}", {.scheduler = true}),
               Catch::Contains("farm.yaml:5:20"));
    CHECK_THAT(complaints("keep_alive: 100ms", "", {.scheduler = true}),
               Catch::Contains("expected a time from 1s to 1min"));
    CHECK_THAT(complaints("worker_silent: 10s", "", {.scheduler = true}),
               Catch::Contains("worker_silent is 10s, keep_alive 5s"));
    // A worker's file alone does not say what lease its scheduler gives.
    CHECK(complaints_of("nightreel_farm: 1\nworker: { store: s, state: t, stall: 30s, "
                        "scheduler_key: " +
                        std::string(64, 'a') + " }\n")
              .empty());
}

TEST_CASE("limits of keys are ones that our own programs can keep", "[shotspec]") {
    const auto complaints = [](const std::string& keys) {
        return complaints_of(
            "nightreel_farm: 1\nscheduler:\n  state: s\n  output: o\n"
            "  limits:\n    keys: { " +
            keys + " }\n");
    };
    CHECK(complaints("people: { messages: 5, bytes: 1MiB, message: 640KiB }, burst: 1s").empty());
    for (const auto& [keys, complaint] :
         {std::pair{"people: { message: 100KiB }", "expected a size from 640KiB to 1MiB"},
          {"worker: { message: 2MiB }", "expected a size from 640KiB to 1MiB"},
          {"view: { message: 1KiB }", "expected a size from 4KiB to 1MiB"},
          {"view: { bytes: 100KiB }", "expected 1MiB or more"},
          {"view: { messages: 0 }", "expected 1 to 1000000"},
          {"burst: 100ms", "expected a time from 1s to 1min"},
          {"pause: 1h", "expected a time from 1s to 10min"},
          {"submissions: 65", "65"},
          {"log_lines: 0", "0"},
          {"connections: 0", "0"}}) {
        CAPTURE(keys);
        CHECK_THAT(complaints(keys), Catch::Contains("farm.yaml:6:") && Catch::Contains(complaint));
    }
}

TEST_CASE("a worker's device is one of the words that engines know", "[shotspec]") {
    const std::string worker =
        "nightreel_farm: 1\nworker: { store: s, state: t, scheduler_key: " + std::string(64, 'a') +
        ", device: ";
    for (const char* device : {"auto", "cpu", "cuda:0", "cuda:17"}) {
        CHECK(complaints_of(worker + "\"" + device + "\" }\n").empty());
    }
    for (const char* device : {"gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", ""}) {
        CHECK(complaints_of(worker + "\"" + device + "\" }\n")
                  .find("auto, cpu or a device such as cuda:0") != std::string::npos);
    }
}

TEST_CASE("variables and mistakes of a section stop only those who read it", "[shotspec]") {
    const auto home_alone = [](const std::string& name) {
        return name == "HOME" ? variable(name) : std::nullopt;
    };
    const auto read = [&](const FarmReaders& readers) {
        return read_farm_config("farm_configs/studio.yaml", home_alone, readers);
    };
    CHECK(read({.scheduler = true}).config);
    CHECK_FALSE(read({.worker = true}).config);
    const CheckedFarmConfig client = read({.client = true});
    INFO(text_of(client.diagnostics));
    REQUIRE(client.config);
    CHECK_FALSE(client.config->worker);
    CHECK_FALSE(client.config->scheduler);
}

TEST_CASE(
    "a client finds the scheduler by its own section, else by the worker's, else by the "
    "scheduler's",
    "[shotspec]") {
    const std::string scheduler = "scheduler: { endpoint: \"tcp://a:1\", state: s, output: o }\n";
    const std::string worker =
        "worker: { scheduler: \"tcp://b:2\", scheduler_key: " + std::string(64, 'b') +
        ", device: \"${NOT_SET}\" }\n";
    const std::string client =
        "client: { scheduler: \"tcp://c:3\", scheduler_key: " + std::string(64, 'c') +
        ", key_file: me.key }\n";
    const TemporaryFolder folder;
    const auto read = [&](const std::string& text) {
        write_file_atomically(folder.path() / "farm.yaml", "nightreel_farm: 1\n" + text);
        return read_farm_config(folder.path() / "farm.yaml", variable, {.client = true}).config;
    };
    const auto whole = read(scheduler + worker + client);
    REQUIRE(whole);
    CHECK(whole->client->scheduler == "tcp://c:3");
    CHECK(whole->client->key_file == (folder.path() / "me.key").string());
    const auto by_worker = read(scheduler + worker);
    REQUIRE(by_worker);
    CHECK(by_worker->client->scheduler == "tcp://b:2");
    CHECK(by_worker->client->scheduler_key == std::string(64, 'b'));
    CHECK(by_worker->client->key_file == (folder.path() / "keys/operator.key").string());
    const auto by_scheduler = read(scheduler);
    REQUIRE(by_scheduler);
    CHECK_FALSE(by_scheduler->client->scheduler_key);
    CHECK(by_scheduler->scheduler->endpoint == "tcp://a:1");
}

}  // namespace nightreel

// One process of a farm for tests that kill processes: `farm_part serve FOLDER` or `farm_part work
// FOLDER NAME RENDER`. Keys, allow-list, journal, store and socket all lie in the folder; waits are
// short, so that a test need not.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "scheduler/server/run_server.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "worker/run_worker.h"

namespace {

namespace fs = std::filesystem;
using nightreel::Millis;

nightreel::FarmPolicy impatient_policy() {
    nightreel::FarmPolicy policy;
    policy.lease = Millis{2'000};
    policy.lease_renewed_below = Millis{1'500};
    policy.restart_grace = Millis{2'000};
    policy.unavailable_wait_min = Millis{100};
    policy.unavailable_wait_max = Millis{300};
    policy.worker_silent = Millis{3'000};
    policy.losses_max = 1'000;
    policy.ask_again_max = Millis{500};
    return policy;
}

void serve(const fs::path& folder, nightreel::Log& log, const nightreel::StopSignal& stop) {
    const nightreel::SystemClock clock;
    const nightreel::ServerConfig config{
        "ipc://" + (folder / "socket").string(),
        folder / "farm.sqlite",
        nightreel::wire::read_key_pair(folder / "scheduler.key"),
        nightreel::wire::parse_allow_list(nightreel::read_file(folder / "allowed"), "allowed"),
        impatient_policy(),
        {},
        Millis{300}};
    nightreel::run_server(config, clock, log, stop, [&](const std::string&) {
        nightreel::write_file_atomically(folder / "ready", std::string_view("ready"));
    });
}

void work(const fs::path& folder,
          const std::string& name,
          const fs::path& render,
          nightreel::Log& log,
          const nightreel::StopSignal& stop) {
    const nightreel::SystemClock clock;
    nightreel::WorkerConfig config;
    config.scheduler = {"ipc://" + (folder / "socket").string(),
                        nightreel::wire::read_key_pair(folder / "scheduler.key").public_key};
    config.keys = nightreel::wire::read_key_pair(folder / (name + ".key"));
    config.store = folder / "store";
    fs::create_directories(config.store);
    config.state = folder / name;
    config.render = {render, {"--serve"}, {}};
    config.memory_bytes = std::uint64_t{8} << 30U;
    config.store_free_bytes_min = 0;
    nightreel::run_worker(config, clock, log, stop);
}

}  // namespace

int main(int argument_count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + argument_count);
    const nightreel::SystemClock clock;
    nightreel::Log log(clock, stderr);
    const nightreel::StopOnSignals stop;
    try {
        if (words.size() == 2 && words[0] == "serve") {
            serve(words[1], log, stop);
        } else if (words.size() == 4 && words[0] == "work") {
            work(words[1], words[2], words[3], log, stop);
        } else {
            return 2;
        }
    } catch (const nightreel::Error& error) {
        std::cerr << error.what() << std::endl;
        return nightreel::exit_code_of(error.kind());
    }
    return 0;
}

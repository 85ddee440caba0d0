#pragma once
// A real server on a thread of its own, over a journal in memory that outlives it, and clients of
// four roles.

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "scheduler/protocol/client.h"
#include "scheduler/server/loop/server.h"
#include "tests/support/memory_journal.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

// A server on a thread, over a journal that outlives it.
struct Served {
    // `failure` is what becomes of an append after the server has started and `before` others.
    explicit Served(MemoryJournal& journal,
                    const std::filesystem::path& journal_path = {},
                    AppendFailure failure = AppendFailure::none,
                    int before = 0) {
        config.endpoint = "ipc://" + (folder.path() / "socket").string();
        config.keys = wire::make_key_pair();
        config.journal = journal_path.empty() ? folder.path() / "journal" : journal_path;
        config.allowed.add(ada.public_key, {"ada", wire::Role::admin});
        config.allowed.add(vera.public_key, {"vera", wire::Role::view});
        config.allowed.add(sam.public_key, {"sam", wire::Role::submit});
        config.allowed.add(workers[0].public_key, {"w0", wire::Role::worker});
        config.allowed.add(workers[1].public_key, {"w1", wire::Role::worker});
        reload.wanted = [this] { return reload_wanted.exchange(false); };
        reload.read = [this] {
            if (next_is_broken) throw Error(ErrorKind::bad_input, "farm.yaml:3: no such field");
            return next_config;
        };
        server = std::make_unique<Server>(config, journal, clock, log);
        if (failure != AppendFailure::none) journal.fail_next_append(failure, before);
        thread = std::thread([this] {
            try {
                server->run(stop, reload);
            } catch (const std::exception& error) {
                fault = error.what();
            }
            server.reset();
            ended = true;
        });
    }

    ~Served() {
        stop.raise();
        if (thread.joinable()) thread.join();
    }

    wire::Address address() const { return {config.endpoint, config.keys.public_key}; }

    wire::Client client(Millis patience) const { return client_of(ada, patience); }

    wire::Client client_of(const wire::KeyPair& keys, Millis patience) const {
        return {address(), keys, clock, patience};
    }

    SystemClock clock;
    Log log{clock, nullptr};
    TemporaryFolder folder;
    wire::KeyPair ada = wire::make_key_pair();
    wire::KeyPair vera = wire::make_key_pair();
    wire::KeyPair sam = wire::make_key_pair();
    std::array<wire::KeyPair, 2> workers{wire::make_key_pair(), wire::make_key_pair()};
    ServerConfig config;
    StopRequest stop;
    Reload reload;
    ServerConfig next_config;  // set before it is wanted
    std::atomic<bool> next_is_broken = false;
    std::atomic<bool> reload_wanted = false;
    std::unique_ptr<Server> server;
    std::string fault;
    std::atomic<bool> ended = false;
    std::thread thread;
};

}  // namespace nightreel

#include "cli/night/embedded_farm.h"

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include <fcntl.h>

#include "scheduler/server/run_server.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr Millis silence_max{3'000};  // of a start that takes long
constexpr Millis client_patience{20'000};

// Everybody in an embedded farm has a key of their own, made on first use.
ServerConfig config_of(const FarmFolder& folder, std::int32_t workers) {
    ServerConfig config;
    config.journal = folder.journal();
    config.keys = wire::ensure_key_pair(folder.key("scheduler"));
    config.keep_alive = Millis(500);  // progress is watched by somebody who waits
    config.policy.ask_again_min = Millis(50);
    config.allowed.add(wire::ensure_key_pair(folder.key("operator")).public_key,
                       {"operator", wire::Role::admin});
    for (std::int32_t number = 1; number <= embedded_workers_max; ++number) {
        const std::string name = FarmFolder::worker_name(number);
        if (number > workers && !fs::exists(folder.key(name))) break;
        config.allowed.add(wire::ensure_key_pair(folder.key(name)).public_key,
                           {name, wire::Role::worker});
    }
    return config;
}

}  // namespace

struct EmbeddedFarm::Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::string endpoint;
    std::exception_ptr failure;
};

EmbeddedFarm::EmbeddedFarm(const FarmFolder& folder, const Clock& clock, std::int32_t workers)
    : folder_(folder), clock_(clock), shared_(std::make_shared<Shared>()) {
    fs::create_directories(folder.root / "keys");
    fs::permissions(folder.root / "keys", fs::perms::owner_all);
    const ServerConfig config = config_of(folder, workers);
    address_.scheduler = config.keys.public_key;
    thread_ = std::jthread([this, config] { serve(config); });
    try {
        address_.endpoint = wait_until_it_listens();
        write_file_atomically(folder.address(), address_.endpoint + "\n");
    } catch (...) {
        stop();  // the thread would be waited for, and nobody would tell it to end
        throw;
    }
}

EmbeddedFarm::~EmbeddedFarm() {
    stop();
    std::error_code ignored;  // an old address does no harm: is_served looks at the lock
    fs::remove(folder_.address(), ignored);
}

void EmbeddedFarm::serve(const ServerConfig& config) {
    const std::string log_path = (folder_.root / "scheduler.log").string();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(log_path.c_str(), "a"),
                                                               &std::fclose);
    Log log(clock_, file.get());
    std::exception_ptr failure;
    try {
        run_server(config, clock_, log, stop_, [this](const std::string& endpoint) {
            const std::lock_guard lock(shared_->mutex);
            shared_->endpoint = endpoint;
            shared_->changed.notify_all();
        });
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    const std::lock_guard lock(shared_->mutex);
    shared_->failure = failure;
    shared_->changed.notify_all();
}

// As long as it takes: a long journal is checked and replayed first.
std::string EmbeddedFarm::wait_until_it_listens() {
    std::unique_lock lock(shared_->mutex);
    const auto decided = [&] { return !shared_->endpoint.empty() || shared_->failure; };
    if (!shared_->changed.wait_for(lock, silence_max, decided)) {
        say("reading the journal {} ...\n", folder_.journal().string());
        shared_->changed.wait(lock, decided);
    }
    if (shared_->failure) std::rethrow_exception(shared_->failure);
    return shared_->endpoint;
}

void EmbeddedFarm::stop() {
    stop_.raise();
    if (thread_.joinable()) thread_.join();
}

std::unique_ptr<wire::Client> EmbeddedFarm::connect() const {
    const wire::KeyPair own = wire::read_key_pair(folder_.key("operator"));
    return std::make_unique<wire::Client>(address_, own, clock_, client_patience);
}

void EmbeddedFarm::rethrow_failure() const {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->failure) std::rethrow_exception(shared_->failure);
}

bool is_served(const FarmFolder& folder) {
    const std::string lock_path = folder.journal().string() + ".lock";
    const FileLock lock(lock_path, O_RDWR);
    return lock.opened() && !lock.held();
}

wire::Address served_address(const FarmFolder& folder) {
    std::string endpoint = read_file(folder.address());
    while (!endpoint.empty() && endpoint.back() == '\n') endpoint.pop_back();
    return {endpoint, wire::read_key_pair(folder.key("scheduler")).public_key};
}

}  // namespace nightreel::cli

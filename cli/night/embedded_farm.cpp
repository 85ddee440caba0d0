#include "cli/night/embedded_farm.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include <fcntl.h>

#include "pipeline/plan/task_order.h"
#include "scheduler/server/run_server.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/files.h"
#include "shotspec/base/streams.h"
#include "shotspec/farm_times.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

constexpr Millis silence_max{3'000};  // of a start that takes long
constexpr Millis client_patience{20'000};
constexpr const char* by_run_mark = "\nrun\n";  // behind the address

// Everybody in an embedded farm has a key of their own, made on first use.
ServerConfig config_of(const FarmFolder& folder, std::int32_t workers) {
    ServerConfig config;
    config.journal = folder.journal();
    config.roots[takes_root] = fs::absolute(folder.root).parent_path().lexically_normal().string();
    config.keys = wire::ensure_key_pair(folder.key("scheduler"));
    config.keep_alive = Millis(500);  // progress is watched by somebody who waits
    config.policy.ask_again_min = Millis(50);
    config.policy.predecessor_silent = keep_alives_in_a_lease_min * config.keep_alive;
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
        write_file_atomically(folder.address(),
                              address_.endpoint + (workers > 0 ? by_run_mark : "\n"));
    } catch (const std::exception&) {
        stop();  // the thread would be waited for, and nobody would tell it to end
        throw;
    }
}

EmbeddedFarm::~EmbeddedFarm() {
    stop();
    std::error_code ignored;  // an old address does no harm: served_folder looks at the lock
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

std::optional<ServedFolder> served_folder(const FarmFolder& folder) {
    const FileLock lock(folder.journal().string() + ".lock", O_RDWR);
    if (!lock.opened() || lock.held()) return {};
    const bool has_address = fs::exists(folder.address());  // not yet, while it starts
    const std::string text = has_address ? read_file(folder.address()) : std::string();
    const std::size_t end = std::min(text.find('\n'), text.size());
    return ServedFolder{
        {text.substr(0, end), wire::read_key_pair(folder.key("scheduler")).public_key},
        text.find(by_run_mark, end) != std::string::npos};
}

}  // namespace nightreel::cli

#pragma once
// A real farm in a folder of its own: scheduler and workers as processes that a test may kill, a
// client for what people do, and graphs of orders that the fake render program obeys.

#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "pipeline/store/artifact_store.h"
#include "scheduler/protocol/client.h"
#include "shotspec/base/child.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

// A started program; killed when it goes out of scope.
class Process {
  public:
    Process() = default;

    Process(const std::vector<std::string>& words, const std::filesystem::path& log) {
        const Descriptor file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
        child_.emplace(ChildProgram{words.front(), {words.begin() + 1, words.end()}, {}},
                       ChildStart{.streams = {-1, -1, file.get()}});
    }

    // Returns the exit code, or minus the signal.
    int end(int signal) {
        if (!child_) return 0;
        child_->send(signal);
        const ChildEnd end = child_->wait();
        child_.reset();
        return end.signal == 0 ? end.code : -end.signal;
    }

    bool runs() const { return child_.has_value(); }

    int id() const { return child_ ? child_->id() : -1; }

  private:
    std::optional<Child> child_;
};

inline void let_time_pass(int ms) {
    ::poll(nullptr, 0, ms);
}

class TestFarm {
  public:
    explicit TestFarm(int workers = 2) {
        std::string allowed;
        const auto add = [&](const std::string& role, const std::string& name) {
            const wire::KeyPair keys = wire::ensure_key_pair(folder() / (name + ".key"));
            allowed += fmt::format("{} {} {}\n", role, name, keys.public_key.text());
        };
        for (int i = 0; i < workers; ++i) add("worker", name_of_worker(i));
        add("admin", "ada");
        add("view", "vera");
        scheduler_key_ = wire::ensure_key_pair(folder() / "scheduler.key").public_key;
        write_file_atomically(folder() / "allowed", allowed);
        workers_.resize(static_cast<std::size_t>(workers));
    }

    const std::filesystem::path& folder() const { return folder_.path(); }

    static std::string name_of_worker(int number) { return fmt::format("w{}", number); }

    void start_server() {
        std::filesystem::remove(folder() / "ready");
        server_ = std::make_unique<Process>(
            std::vector<std::string>{NIGHTREEL_FARM_PART, "serve", folder().string()},
            folder() / "server.log");
        for (int i = 0; i < 1'000 && !std::filesystem::exists(folder() / "ready"); ++i) {
            let_time_pass(10);
        }
    }

    void start_worker(int number) {
        workers_[static_cast<std::size_t>(number)] =
            std::make_unique<Process>(std::vector<std::string>{NIGHTREEL_FARM_PART,
                                                               "work",
                                                               folder().string(),
                                                               name_of_worker(number),
                                                               NIGHTREEL_FAKE_RENDER},
                                      folder() / (name_of_worker(number) + ".log"));
    }

    void start() {
        start_server();
        for (std::size_t i = 0; i < workers_.size(); ++i) start_worker(static_cast<int>(i));
    }

    Process& server() { return *server_; }

    Process& worker(int number) { return *workers_[static_cast<std::size_t>(number)]; }

    wire::Address address() const {
        return {"ipc://" + (folder() / "socket").string(), scheduler_key_};
    }

    wire::Client client(const std::string& who = "ada", Millis patience = Millis{20'000}) const {
        return {address(), wire::read_key_pair(folder() / (who + ".key")), clock_, patience};
    }

    // The last news of the job once it has finished; empty when that takes too long.
    std::string finish(std::uint64_t job, Millis patience = Millis{60'000}) const {
        wire::Client watcher = client();
        std::string last;
        const Millis until = clock_.steady() + patience;
        watcher.watch(job, [&](const wire::JobNews& news) {
            if (news.finished) last = news.text;
            return clock_.steady() < until;
        });
        return last;
    }

    // Every file of every result: digest of the work and name, to the digest of its bytes.
    std::map<std::string, Digest> results() const {
        std::map<std::string, Digest> all;
        namespace fs = std::filesystem;
        const fs::path store = folder() / "store";
        for (const auto& entry : fs::recursive_directory_iterator(store)) {
            const std::string name = entry.path().lexically_relative(store).string();
            const bool hidden = name.front() == '.';
            if (hidden || !entry.is_regular_file() || name.ends_with("artifact.json")) continue;
            all[name] = digest_of_file(entry.path());
        }
        return all;
    }

    const Clock& clock() const { return clock_; }

  private:
    TemporaryFolder folder_;
    SystemClock clock_;
    wire::PublicKey scheduler_key_;
    std::unique_ptr<Process> server_;
    std::vector<std::unique_ptr<Process>> workers_;
};

// Shots of one encode, a chain of samples and a decode each; `wish` is obeyed by every sample.
class GraphMaker {
  public:
    TaskGraph graph;

    std::uint32_t encode(const std::string& shot, const std::string& prompt = "") {
        EncodeOrder order;
        order.prompts = {prompt, shot};
        return add(shot, "encode", order, {});
    }

    std::uint32_t sample(const std::string& shot,
                         int segment,
                         std::uint32_t encoded,
                         std::optional<std::uint32_t> previous,
                         const std::string& wish = "") {
        SampleOrder order;
        if (!wish.empty()) order.loras = {{wish, digest_of(wish)}};
        order.segment = segment;
        order.encoded = graph.tasks[encoded].digest;
        std::vector<std::uint32_t> needs{encoded};
        if (previous) {
            order.previous = graph.tasks[*previous].digest;
            needs.push_back(*previous);
        }
        return add(shot, fmt::format("take01.sample{:02}", segment), order, needs);
    }

    void shot(const std::string& name, int segments, const std::string& wish = "") {
        const std::uint32_t encoded = encode(name);
        DecodeOrder decode;
        decode.shot = name;
        std::vector<std::uint32_t> pieces;
        for (int i = 1; i <= segments; ++i) {
            const auto previous = i == 1 ? std::nullopt : std::optional(pieces.back());
            pieces.push_back(sample(name, i, encoded, previous, wish));
            decode.pieces.push_back({graph.tasks[pieces.back()].digest, 0, 1, 0});
        }
        add(name, "take01.decode", decode, pieces);
    }

  private:
    std::uint32_t add(const std::string& shot,
                      const std::string& name,
                      TaskOrder order,
                      std::vector<std::uint32_t> needs) {
        PlannedTask task;
        task.name = shot + "." + name;
        task.shot = shot;
        task.digest = digest_of(order);
        task.order = std::move(order);
        task.needs = std::move(needs);
        task.cost = {1.0, 1 << 20, 1 << 20};
        graph.tasks.push_back(std::move(task));
        return static_cast<std::uint32_t>(graph.tasks.size() - 1);
    }
};

}  // namespace nightreel

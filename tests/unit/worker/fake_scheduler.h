#pragma once
// The scheduler's end of a real connection, answering by hand, and a worker that speaks to it in a
// thread of its own. Owned by one test.

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <zmq.h>

#include "pipeline/plan/task_order.h"
#include "scheduler/protocol/codec.h"
#include "scheduler/protocol/zap_door.h"
#include "shotspec/base/stop_signal.h"
#include "tests/support/temporary_folder.h"
#include "worker/run_worker.h"

namespace nightreel {

class FakeScheduler {
  public:
    FakeScheduler() : door_(context_, allowed_), socket_(context_, ZMQ_ROUTER) {
        allowed_.add(worker_keys.public_key, {"w0", wire::Role::worker});
        socket_.set_limits();
        wire::guard(socket_, keys_);
        socket_.bind("tcp://127.0.0.1:*");
    }

    wire::Address address() const { return {socket_.bound_endpoint(), keys_.public_key}; }

    void say(const wire::SchedulerMessage& message) {
        REQUIRE(socket_.send(std::vector<std::string>{routing_, wire::encode(message)}));
    }

    void say(const wire::Attempt& attempt, wire::Verdict verdict) {
        say(wire::Verdicts{{{attempt, verdict, false}}});
    }

    // Hello is answered as it comes; everything else goes to `wanted` until that is true.
    void listen(const std::function<bool(const wire::WorkerMessage&)>& wanted) {
        const SystemClock machine;
        const Millis begun = machine.steady();
        while (true) {
            REQUIRE(machine.steady() - begun < Millis{30'000});
            door_.answer();
            const auto frames = socket_.receive();
            if (!frames) {
                zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0},
                                          {door_.socket().handle(), 0, ZMQ_POLLIN, 0}};
                zmq_poll(items, 2, 10);
                continue;
            }
            routing_ = frames->parts[0];
            const auto message = wire::decode<wire::WorkerMessage>(frames->parts.back()).message;
            if (std::holds_alternative<wire::Hello>(message))
                say(wire::Welcome{"w0", 100, roots, lease_ms});
            if (wanted(message)) return;
        }
    }

    // The next message of a kind; others are passed over.
    template <class Message>
    Message next() {
        std::optional<Message> found;
        listen([&](const wire::WorkerMessage& message) {
            if (const auto* wanted = std::get_if<Message>(&message)) found = *wanted;
            return found.has_value();
        });
        return *found;
    }

    wire::KeyPair worker_keys = wire::make_key_pair();
    std::vector<wire::FarmRoot> roots;  // of which it tells in its welcome
    std::uint64_t lease_ms = 0;

  private:
    wire::KeyPair keys_ = wire::make_key_pair();
    wire::AllowList allowed_;
    wire::ZmqContext context_;
    wire::ZapDoor door_;
    wire::ZmqSocket socket_;
    std::string routing_;
};

// A worker with the fake render program; its end is waited for.
class TestWorker {
  public:
    TestWorker(const FakeScheduler& scheduler, const std::filesystem::path& folder) {
        config.scheduler = scheduler.address();
        config.keys = scheduler.worker_keys;
        config.store = folder / "store";
        std::filesystem::create_directories(config.store);
        config.state = folder / "state";
        config.render = {NIGHTREEL_FAKE_RENDER, {"--serve"}, {}};
        config.store_free_bytes_min = 0;
        config.limits.farewell = Millis{200};
        config.publish_again_after = Millis{50};
        config.look_again_after = Millis{50};
    }

    ~TestWorker() { stop(); }

    TestWorker(const TestWorker&) = delete;
    TestWorker& operator=(const TestWorker&) = delete;

    void start() {
        thread_ = std::thread([this] {
            try {
                Log log(clock_, nullptr);
                run_worker(config, clock_, log, stop_);
            } catch (const std::exception& error) {
                failure = error.what();
            }
        });
    }

    void ask_to_stop() { stop_.raise(); }

    void stop() {
        stop_.raise();
        if (thread_.joinable()) thread_.join();
    }

    WorkerConfig config;
    std::string failure;  // why it ended, when it was not asked to; read after stop

  private:
    SystemClock clock_;
    StopRequest stop_;
    std::thread thread_;
};

// A lease of an encode order that the fake render program obeys.
inline wire::Lease lease_of(const std::string& wishes, std::uint64_t number = 1) {
    EncodeOrder order;
    order.prompts = {wishes};
    wire::Lease lease;
    lease.attempt = {7, 3, number};
    lease.task = "sh010.encode";
    lease.digest = digest_of(TaskOrder(order));
    lease.order = to_json_text(TaskOrder(order));
    lease.number = 2;
    return lease;
}

}  // namespace nightreel

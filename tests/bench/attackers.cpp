#include "tests/bench/attackers.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <string>

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "scheduler/protocol/client_messages.h"
#include "scheduler/protocol/codec.h"

namespace nightreel {
namespace {

constexpr std::uint64_t last_request = 999'999;
constexpr int raw_step_ms = 50;

void wait_ms(long time) {
    zmq_poll(nullptr, 0, time);
}

std::vector<std::string> sound_requests() {
    using wire::ClientRequest;
    return {wire::encode(ClientRequest(wire::ListJobs{}), 1),
            wire::encode(ClientRequest(wire::ListWorkers{}), 2),
            wire::encode(ClientRequest(wire::GetStatus{1, "", 0}), 3),
            wire::encode(ClientRequest(wire::GetLogs{1, "sh00001", 0, true}), 4),
            wire::encode(ClientRequest(wire::Watch{1}), 5),
            wire::encode(ClientRequest(wire::SubmitBegin{"eve", "eve", 0, 10}), 6)};
}

std::vector<std::string> forged_requests() {
    using wire::ClientRequest;
    using wire::WorkerMessage;
    const wire::Attempt others{1, 1, 1};
    return {
        wire::encode(WorkerMessage(wire::KeepAlive{1, {{others, 0.5, "FORGED", 0, ""}}})),
        wire::encode(WorkerMessage(wire::Done{1, others, "{}", false, {"/log", "forged"}})),
        wire::encode(WorkerMessage(wire::Published{1, others})),
        wire::encode(WorkerMessage(wire::Hello{1, "w000", 1, {}, {}})),
        wire::encode(ClientRequest(wire::Cancel{1, ""}), 1),
        wire::encode(ClientRequest(wire::CloseFarm{}), 2),
        wire::encode(ClientRequest(wire::ManageWorker{"w000", "offline"}), 3),
    };
}

std::vector<std::string> oversized_requests() {
    return {
        wire::encode(wire::ClientRequest(wire::GetStatus{1, std::string(1'000'000, 'x'), 0}), 1),
        std::string(wire::message_bytes_max, '\xff'),
        std::string(2 * wire::message_bytes_max, '\0')};  // the connection is cut
}

std::string mutated(const std::vector<std::string>& messages, std::mt19937_64& random) {
    std::string message = messages[random() % messages.size()];
    for (int i = 0; i < 3; ++i) message[random() % message.size()] = static_cast<char>(random());
    return message;
}

struct Sockets {
    Sockets(const Scheduler& scheduler, int count) {
        for (int i = 0; i < count; ++i) {
            auto& socket =
                *sockets.emplace_back(std::make_unique<wire::ZmqSocket>(context, ZMQ_DEALER));
            socket.set(ZMQ_IMMEDIATE, 1);  // what is not connected takes nothing
            make_ready(socket, scheduler.address(), scheduler.attacker);
        }
    }

    wire::ZmqContext context;
    std::vector<std::unique_ptr<wire::ZmqSocket>> sockets;
};

// As fast as the connections take it.
void send_for_ever(const Scheduler& scheduler,
                   int connections,
                   const std::vector<std::string>& messages,
                   std::atomic<std::uint64_t>& sent) {
    Sockets all(scheduler, connections);
    for (std::size_t round = 0;; ++round) {
        bool taken = false;
        for (const auto& socket : all.sockets) {
            const bool took = socket->send(std::array{messages[round % messages.size()]});
            sent += took ? 1 : 0;
            taken |= took;
            while (socket->receive()) {
            }
        }
        if (!taken) wait_ms(1);
    }
}

bool is_last_answer(const wire::Frames& frames) {
    try {
        return wire::decode<wire::ServerReply>(frames.parts.back()).request == last_request;
    } catch (const Error&) {
        return false;  // an answer to a worker
    }
}

// Until so many are sent; then a request on each connection, whose answer shows that all that came
// before it has been looked at.
void send_mutated(const Scheduler& scheduler, const AttackPlan& plan, AttackCounts& counts) {
    Sockets all(scheduler, plan.mutated);
    std::vector<std::string> messages = sound_requests();
    for (std::string& message : forged_requests()) messages.push_back(std::move(message));
    std::mt19937_64 random(7);
    std::vector<std::uint64_t> unanswered(all.sockets.size());
    while (counts.mutated < plan.mutated_max) {
        bool taken = false;
        for (std::size_t i = 0; i < all.sockets.size(); ++i) {
            wire::ZmqSocket& socket = *all.sockets[i];
            while (socket.receive()) unanswered[i] -= std::min<std::uint64_t>(unanswered[i], 1);
            if (plan.unanswered_max > 0 && unanswered[i] >= plan.unanswered_max) continue;
            const bool took = socket.send(std::array{mutated(messages, random)});
            unanswered[i] += took ? 1 : 0;
            counts.mutated += took ? 1 : 0;
            taken |= took;
        }
        if (!taken) wait_ms(1);
    }
    const std::string last = wire::encode(wire::ClientRequest(wire::ListJobs{}), last_request);
    for (const auto& socket : all.sockets) {
        while (!socket->send(std::array{last})) wait_ms(1);
    }
    for (const auto& socket : all.sockets) {
        for (bool answered = false; !answered; wait_ms(1)) {
            while (const auto frames = socket->receive()) answered |= is_last_answer(*frames);
        }
        ++counts.answered;
    }
}

// The greeting of ZMTP 3 with CURVE, then the first half of a HELLO that never ends.
std::string slow_words() {
    std::string words("\xff\0\0\0\0\0\0\0\x01\x7f\x03\0CURVE", 17);
    words.resize(64, '\0');
    return words + std::string("\x04\xc8\x05HELLO\x01", 9) + std::string(60, '\x2a');
}

int raw_connection(const wire::Address& address) {
    const std::size_t colon = address.endpoint.rfind(':');
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.endpoint.substr(colon + 1))));
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0) {
        return socket;
    }
    ::close(socket);
    return -1;
}

// Each connection sends a byte a step, the even ones everything at once and then nothing; those
// that are closed come again.
void drip(const Scheduler& scheduler, int connections, AttackCounts& counts) {
    struct Raw {
        int socket = -1;
        std::size_t sent = 0;
    };

    const std::string words = slow_words();
    std::vector<Raw> all(static_cast<std::size_t>(connections));
    for (;; wait_ms(raw_step_ms)) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            Raw& raw = all[i];
            if (raw.socket < 0) {
                raw = {raw_connection(scheduler.address()), 0};
                counts.raw_connections += raw.socket < 0 ? 0 : 1;
                continue;
            }
            const std::size_t step = i % 2 == 0 ? words.size() : 1;
            const std::size_t size = std::min(step, words.size() - raw.sent);
            const ssize_t sent =
                ::send(raw.socket, words.data() + raw.sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
            char byte = 0;
            while (::recv(raw.socket, &byte, 1, MSG_DONTWAIT) > 0) {
            }
            const bool closed =
                (sent < 0 && errno != EAGAIN) || (::recv(raw.socket, &byte, 1, MSG_DONTWAIT) == 0);
            if (sent > 0) {
                raw.sent += static_cast<std::size_t>(sent);
                counts.raw_bytes += static_cast<std::uint64_t>(sent);
            }
            if (!closed) continue;
            ::close(raw.socket);
            raw.socket = -1;
        }
    }
}

}  // namespace

template <class Body>
void Attack::begin(int nice, Body body) {
    const pid_t child = ::fork();
    if (child != 0) return children_.push_back(child);
    ::setpriority(PRIO_PROCESS, 0, nice);
    while (!counts_->go) wait_ms(1);
    body();
    ::_exit(0);
}

Attack::Attack(const Scheduler& scheduler, const AttackPlan& plan) {
    void* const memory = ::mmap(
        nullptr, sizeof(AttackCounts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw Error(ErrorKind::unavailable, "no shared memory");
    counts_ = new (memory) AttackCounts();
    if (plan.flood > 0) {
        begin(plan.nice,
              [&] { send_for_ever(scheduler, plan.flood, sound_requests(), counts_->flood); });
    }
    if (plan.forged > 0) {
        begin(plan.nice,
              [&] { send_for_ever(scheduler, plan.forged, forged_requests(), counts_->forged); });
    }
    if (plan.oversized > 0) {
        begin(plan.nice, [&] {
            send_for_ever(scheduler, plan.oversized, oversized_requests(), counts_->oversized);
        });
    }
    if (plan.mutated > 0) begin(plan.nice, [&] { send_mutated(scheduler, plan, *counts_); });
    if (plan.raw > 0) begin(plan.nice, [&] { drip(scheduler, plan.raw, *counts_); });
}

Attack::~Attack() {
    for (const pid_t child : children_) {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    ::munmap(counts_, sizeof(AttackCounts));
}

}  // namespace nightreel

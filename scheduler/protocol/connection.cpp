#include "scheduler/protocol/connection.h"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <zmq.h>

namespace nightreel::wire {
namespace {

constexpr int reconnect_first_ms = 50;
constexpr int reconnect_max_ms = 1'000;
constexpr int last_words_ms = 500;  // for what was said just before the end
constexpr const char* watch_endpoint = "inproc://connection-watch";

// How far it got last.
enum class Stage { nobody_listens, no_handshake, key_refused, up };

Stage stage_after(std::uint16_t event, Stage before) {
    switch (event) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            return Stage::up;
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            return Stage::key_refused;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return Stage::no_handshake;
        case ZMQ_EVENT_CONNECTED:
            // A refused key comes back to be refused again.
            return before == Stage::key_refused ? before : Stage::no_handshake;
        case ZMQ_EVENT_DISCONNECTED:
            return before == Stage::up ? Stage::nobody_listens : before;
        default:
            return before;
    }
}

}  // namespace

struct Connection::State {
    State(const Address& address_in, const KeyPair& own)
        : address(address_in),
          own_key(own.public_key),
          socket(context, ZMQ_DEALER),
          watch(context, ZMQ_PAIR) {
        socket.set_limits();
        socket.set(ZMQ_LINGER, last_words_ms);
        socket.set(ZMQ_CURVE_SERVERKEY, address.scheduler.bytes);
        socket.set(ZMQ_CURVE_PUBLICKEY, own.public_key.bytes);
        socket.set(ZMQ_CURVE_SECRETKEY, own.secret);
        socket.set(ZMQ_RECONNECT_IVL, reconnect_first_ms);
        socket.set(ZMQ_RECONNECT_IVL_MAX, reconnect_max_ms);
        socket.set(ZMQ_IMMEDIATE, 1);  // nothing is queued for a scheduler that is away
        if (zmq_socket_monitor(socket.handle(), watch_endpoint, ZMQ_EVENT_ALL) != 0) {
            throw Error(ErrorKind::unavailable, "ZeroMQ cannot watch its connection");
        }
        watch.connect(watch_endpoint);
        socket.connect(address.endpoint);
    }

    ~State() { zmq_socket_monitor(socket.handle(), nullptr, 0); }

    Stage look() {
        while (const auto frames = watch.receive()) {
            std::uint16_t event = 0;
            if (frames->parts[0].size() < sizeof event) continue;
            std::memcpy(&event, frames->parts[0].data(), sizeof event);
            stage = stage_after(event, stage);
        }
        return stage;
    }

    Address address;
    PublicKey own_key;
    ZmqContext context;
    ZmqSocket socket;
    ZmqSocket watch;
    Stage stage = Stage::nobody_listens;
};

Connection::Connection(const Address& address, const KeyPair& own)
    : state_(std::make_unique<State>(address, own)) {}

Connection::~Connection() = default;

bool Connection::send(const std::string& message) {
    state_->look();
    return state_->socket.send(std::array{message});
}

std::optional<std::string> Connection::receive() {
    state_->look();
    auto frames = state_->socket.receive();
    if (!frames) return {};
    return std::move(frames->parts.back());
}

bool Connection::refused() {
    return state_->look() == Stage::key_refused;
}

Error Connection::trouble() {
    const std::string& endpoint = state_->address.endpoint;
    switch (state_->look()) {
        case Stage::key_refused:
            return {ErrorKind::not_allowed,
                    fmt::format(
                        "the scheduler at {} does not know this key: add {{ name: NAME, role: "
                        "ROLE, key: \"{}\" }} to scheduler.allow in its farm file and restart it",
                        endpoint,
                        state_->own_key.text())};
        case Stage::no_handshake:
            return {
                ErrorKind::unreachable,
                fmt::format("{} does not have the public key {}: compare scheduler_key with "
                            "the output of `nightreel keys show` on the scheduler's machine. Or "
                            "it refuses this key for a while, because it sent far too much: see "
                            "key_paused in its log",
                            endpoint,
                            state_->address.scheduler.text())};
        case Stage::up:
            return {ErrorKind::unreachable,
                    fmt::format(
                        "the scheduler at {} accepts connections but does not respond: see its log",
                        endpoint)};
        case Stage::nobody_listens:
            break;
    }
    return {ErrorKind::unreachable,
            fmt::format("no scheduler is listening at {}: start `nightreel serve` there, or "
                        "correct the address",
                        endpoint)};
}

void* Connection::handle() const {
    return state_->socket.handle();
}

}  // namespace nightreel::wire

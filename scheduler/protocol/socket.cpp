#include "scheduler/protocol/socket.h"

#include <cerrno>

#include <fmt/format.h>
#include <zmq.h>

#include "scheduler/protocol/messages.h"
#include "shotspec/base/error.h"

namespace nightreel::wire {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorKind::unavailable, fmt::format("{}: {}", what, zmq_strerror(zmq_errno())));
}

class Message {
  public:
    Message() { zmq_msg_init(&message_); }

    ~Message() { zmq_msg_close(&message_); }

    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    zmq_msg_t* get() { return &message_; }

    std::string text() {
        return {static_cast<const char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)};
    }

  private:
    zmq_msg_t message_;
};

bool peer_cannot_take_it(int why) {
    return why == EAGAIN || why == EHOSTUNREACH || why == EINTR;
}

}  // namespace

ZmqContext::ZmqContext(int io_threads) : handle_(zmq_ctx_new()) {
    if (handle_ == nullptr) fail("ZeroMQ cannot start");
    zmq_ctx_set(handle_, ZMQ_IO_THREADS, io_threads);
}

ZmqContext::~ZmqContext() {
    while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
    }
}

ZmqSocket::ZmqSocket(ZmqContext& context, int type) : handle_(zmq_socket(context.handle(), type)) {
    if (handle_ == nullptr) fail("no further ZeroMQ socket can be opened");
    set(ZMQ_LINGER, 0);
}

ZmqSocket::~ZmqSocket() {
    zmq_close(handle_);
}

void ZmqSocket::set(int option, int value) {
    if (zmq_setsockopt(handle_, option, &value, sizeof value) != 0) {
        fail(fmt::format("ZeroMQ refuses option {}", option));
    }
}

void ZmqSocket::set(int option, const std::string& value) {
    if (zmq_setsockopt(handle_, option, value.data(), value.size()) != 0) {
        fail(fmt::format("ZeroMQ refuses option {}", option));
    }
}

void ZmqSocket::set(int option, std::span<const std::uint8_t> value) {
    if (zmq_setsockopt(handle_, option, value.data(), value.size()) != 0) {
        fail(fmt::format("ZeroMQ refuses option {}", option));
    }
}

void ZmqSocket::set_limits() {
    const auto bytes_max = static_cast<std::int64_t>(message_bytes_max);
    if (zmq_setsockopt(handle_, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) != 0) {
        fail("ZeroMQ refuses a limit of message size");
    }
    set(ZMQ_SNDHWM, queued_messages_max);
    set(ZMQ_RCVHWM, queued_messages_max);
    set(ZMQ_HEARTBEAT_IVL, ping_every_ms);
    set(ZMQ_HEARTBEAT_TIMEOUT, ping_timeout_ms);
    set(ZMQ_HANDSHAKE_IVL, handshake_ms);
}

void ZmqSocket::bind(const std::string& endpoint) {
    if (zmq_bind(handle_, endpoint.c_str()) != 0) {
        fail(fmt::format("cannot listen on {} (is another scheduler running there?)", endpoint));
    }
}

void ZmqSocket::connect(const std::string& endpoint) {
    if (zmq_connect(handle_, endpoint.c_str()) != 0) {
        fail(fmt::format("cannot connect to {} (expected an address such as tcp://host:7411)",
                         endpoint));
    }
}

std::string ZmqSocket::bound_endpoint() const {
    char text[256];
    std::size_t size = sizeof text;
    if (zmq_getsockopt(handle_, ZMQ_LAST_ENDPOINT, text, &size) != 0) fail("no endpoint");
    return text;
}

bool ZmqSocket::send(std::span<const std::string> parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const int more = i + 1 < parts.size() ? ZMQ_SNDMORE : 0;
        if (zmq_send(handle_, parts[i].data(), parts[i].size(), ZMQ_DONTWAIT | more) < 0) {
            if (peer_cannot_take_it(zmq_errno())) return false;
            fail("ZeroMQ cannot send");
        }
    }
    return true;
}

std::optional<Frames> ZmqSocket::receive() {
    Frames frames;
    bool more = true;
    while (more) {
        Message message;
        if (zmq_msg_recv(message.get(), handle_, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EAGAIN || zmq_errno() == EINTR) return {};
            fail("ZeroMQ cannot receive");
        }
        if (const char* user = zmq_msg_gets(message.get(), "User-Id")) frames.user = user;
        frames.descriptor = zmq_msg_get(message.get(), ZMQ_SRCFD);
        frames.parts.push_back(message.text());
        more = zmq_msg_more(message.get()) != 0;
    }
    return frames;
}

}  // namespace nightreel::wire

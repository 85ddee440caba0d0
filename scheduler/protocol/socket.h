#pragma once
// ZeroMQ's context and sockets as owners of what they open; faults become Error{unavailable}. A
// socket belongs to one thread and must go before its context.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nightreel::wire {

// What both sides of a connection agree on.
inline constexpr int ping_every_ms = 5'000;     // ZMTP pings, both ways
inline constexpr int ping_timeout_ms = 20'000;  // then the connection is given up and made anew
inline constexpr int handshake_ms = 10'000;
inline constexpr int queued_messages_max = 1'000;

class ZmqContext {
  public:
    explicit ZmqContext(int io_threads = 1);
    ~ZmqContext();
    ZmqContext(const ZmqContext&) = delete;
    ZmqContext& operator=(const ZmqContext&) = delete;

    void* handle() const { return handle_; }

  private:
    void* handle_;
};

struct Frames {
    std::vector<std::string> parts;
    std::string user;     // the text of the sender's key, as the door gave it; empty without a door
    int descriptor = -1;  // of the connection it came over; may be another's by now
};

class ZmqSocket {
  public:
    ZmqSocket(ZmqContext& context, int type);
    ~ZmqSocket();
    ZmqSocket(const ZmqSocket&) = delete;
    ZmqSocket& operator=(const ZmqSocket&) = delete;

    void set(int option, int value);
    void set(int option, const std::string& value);
    void set(int option, std::span<const std::uint8_t> value);
    // Limits of size, queue, pings and handshake.
    void set_limits();

    void bind(const std::string& endpoint);
    void connect(const std::string& endpoint);
    std::string bound_endpoint() const;

    // Never waits; false when the peer is gone or its queue is full.
    bool send(std::span<const std::string> parts);
    // Never waits.
    std::optional<Frames> receive();

    void* handle() const { return handle_; }

  private:
    void* handle_;
};

}  // namespace nightreel::wire

#pragma once
// An HTTP/1.1 server on the loopback address of this machine, with a thread of its own. What it
// answers is a function of the caller's, called on that thread, one request at a time; files are
// sent piece by piece between requests of others. A client that is slow, sends too much or opens
// too many connections loses its own connection and costs nobody else theirs.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "scheduler/http/message.h"

namespace nightreel::http {

inline constexpr int connections_max = 64;      // more wait until one ends
inline constexpr int request_seconds_max = 30;  // for a whole request to arrive, or the next one
inline constexpr int piece_seconds_max = 60;    // for a client to take a piece of a file
inline constexpr std::size_t piece_bytes = 256 * 1024;

using Answer = std::function<Response(const Request&)>;

class Server {
  public:
    // Listens on 127.0.0.1; port 0 is any free one. Error{unavailable} when the port is taken.
    explicit Server(std::uint16_t port);
    // Ends all connections and the thread.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;

    // Starts the thread; once. What `answer` throws is answered with 500 and the reason.
    void start(Answer answer);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel::http

#pragma once
// Requests of people's programs that wait until the workers of a turn are served: one of them can
// take as long as a thousand reports of workers. Keys take turns, so that nobody waits for all that
// another has asked; the requests of one key keep their order. Owned by the event loop.

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/socket.h"

namespace nightreel {

struct WaitingRequest {
    wire::Frames frames;
    wire::Peer peer;
};

class ClientQueue {
  public:
    // Of one key. Our own programs send the next request after the answer to the last.
    static constexpr std::size_t messages_max = 64;
    static constexpr std::size_t bytes_max = std::size_t{8} << 20;

    // False when as much of this key waits already: then it is not taken.
    bool push(WaitingRequest request);
    // Of the key after the one that was served last.
    std::optional<WaitingRequest> next();

    bool empty() const { return lines_.empty(); }

  private:
    struct Line {
        std::deque<WaitingRequest> requests;
        std::size_t bytes = 0;
    };

    std::map<std::string, Line> lines_;  // by name of the peer; none is empty
    std::string served_last_;
};

}  // namespace nightreel

#pragma once
// Which key speaks over which connection, so that one key has a limited number of them and a
// connection can be cut. ZeroMQ has no word for this: a connection is known by the descriptor that
// its messages came over. Owned by the event loop.

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

#include "scheduler/protocol/socket.h"

namespace nightreel {

class ConnectionBook {
  public:
    // Whether the peer may speak over this connection beside its others; if not, it is cut.
    bool admit(const wire::Frames& frames, const std::string& peer, std::size_t connections_max);

    // Ends the connection that a message came over. What it sent before may still arrive, when the
    // descriptor belongs to another connection already: so each is cut once. Where that is not
    // enough, a peer of ours connects again.
    void cut(const wire::Frames& frames);

  private:
    static constexpr std::size_t cut_kept_max = 100'000;

    // Of those that spoke over a connection which is still open.
    std::size_t count_open(const std::string& peer);

    std::unordered_map<int, std::string> speakers_;           // by descriptor
    std::unordered_map<std::string, std::set<int>> of_peer_;  // at most one more than allowed
    std::set<std::string> cut_;                               // by routing, which is not reused
};

}  // namespace nightreel

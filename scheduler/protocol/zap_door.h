#pragma once
// Answers ZeroMQ's question whether a key may come in (ZAP, RFC 27). There is no plaintext mode:
// another mechanism than CURVE is refused. Owned by the event loop, which polls `socket()` and
// calls `answer()`; must exist before a socket of the same context is bound.

#include <functional>

#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/socket.h"

namespace nightreel::wire {

class ZapDoor {
  public:
    // `allowed` outlives the door.
    ZapDoor(ZmqContext& context, const AllowList& allowed);

    // Answers all that have knocked; returns how many were refused. Whom `lets_in` does not like
    // at present is disconnected without a word: it may come again.
    int answer(const std::function<bool(const Peer&)>& lets_in = {});

    const ZmqSocket& socket() const { return socket_; }

  private:
    const AllowList& allowed_;
    ZmqSocket socket_;
};

// Makes `socket` a server with these keys, behind the door.
void guard(ZmqSocket& socket, const KeyPair& keys);

}  // namespace nightreel::wire

#pragma once
// A worker's or a person's end of the line to the scheduler: encrypted, made anew by itself when it
// breaks, and able to say what is wrong with it. Belongs to one thread.

#include <memory>
#include <optional>
#include <string>

#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/socket.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"

namespace nightreel::wire {

struct Address {
    std::string endpoint;  // "tcp://farm:7000"
    PublicKey scheduler;   // whom we expect to find there
};

class Connection {
  public:
    Connection(const Address& address, const KeyPair& own);
    ~Connection();

    // Never waits; false while there is no connection: what is said then is lost.
    bool send(const std::string& message);
    std::optional<std::string> receive();

    // Why nothing comes: who is refused, who is not there, and what to do about it.
    Error trouble();
    bool refused();

    // For polling.
    void* handle() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel::wire

#pragma once
// What one key may ask of the scheduler, however many connections it has: messages and bytes a
// second, and lines of the log a minute for each reason. Owned by the event loop.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "scheduler/protocol/keys.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// What refills every second; `burst` seconds of it may be saved up.
struct PeerAllowance {
    double messages = 0;
    double bytes = 0;
    double burst = 2;
    std::size_t message_bytes_max = 0;
};

// Far above what a program of ours needs: a worker of tasks of 50 ms sends some 80 messages a
// second, `submit` of 10,000 shots some 8 MiB.
PeerAllowance allowance_of(wire::Role role);

enum class Admission { granted, refused, refused_again };

class PeerMeter {
  public:
    static constexpr Millis told_every{1'000};

    // Whether a message of a peer may be looked at. A peer is told of a refusal once a second
    // (refused), not for each message (refused_again). Times are steady.
    Admission admit(const wire::Peer& peer, std::size_t bytes, Millis now);
    // Bytes sent to a peer are asked of its allowance too: they wait in memory until it reads them.
    void charge(const wire::Peer& peer, std::size_t bytes);

  private:
    struct Account {
        double messages = 0;
        double bytes = 0;
        Millis filled_at{0};
        Millis told_at{0};
        bool was_told = false;
    };

    Account& account_of(const wire::Peer& peer, Millis now);

    std::map<std::string, Account> accounts_;  // at most one for each key of the allow-list
};

// Counts lines by event and peer, and says which may still be written.
class LogMeter {
  public:
    static constexpr int lines_a_minute = 20;
    static constexpr Millis minute{60'000};

    using Reason = std::pair<std::string, std::string>;  // event, peer

    bool admit(const std::string& event, const std::string& peer, Millis now);
    // What was left out in minutes that are over; told once.
    std::map<Reason, std::int64_t> left_out(Millis now);

  private:
    struct Window {
        Millis began{0};
        int lines = 0;
        std::int64_t left_out = 0;
    };

    std::map<Reason, Window> windows_;
};

}  // namespace nightreel

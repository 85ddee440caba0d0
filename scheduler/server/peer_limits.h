#pragma once
// What one key may ask of the scheduler, however many connections it has: messages and bytes a
// second, and lines of the log a minute for each reason. Owned by the event loop.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "scheduler/protocol/keys.h"
#include "scheduler/protocol/messages.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// What refills every second.
struct PeerAllowance {
    double messages = 0;
    double bytes = 0;
    std::size_t message_bytes_max = 0;

    friend bool operator==(const PeerAllowance&, const PeerAllowance&) = default;
};

// Far above what a program of ours needs: a worker of tasks of 50 ms sends some 80 messages a
// second, `submit` of 10,000 shots some 8 MiB.
struct PeerLimits {
    static constexpr double mebibyte = 1024.0 * 1024.0;

    PeerAllowance worker{1'000, 4 * mebibyte, wire::message_bytes_max};
    PeerAllowance view{200, 16 * mebibyte, 64 * 1024};
    PeerAllowance people{500, 32 * mebibyte, wire::message_bytes_max};
    Millis burst{2'000};  // of an allowance may be saved up
    Millis pause{5'000};  // of a key that goes on far beyond it
    std::size_t connections = 64;
    std::size_t submissions = 4;  // at the same time
    int log_lines = 20;           // a minute, for one reason

    const PeerAllowance& of(wire::Role role) const;

    friend bool operator==(const PeerLimits&, const PeerLimits&) = default;
};

// paused: the key is to be disconnected, and refused until its pause is over.
enum class Admission { granted, refused, refused_again, paused };

class PeerMeter {
  public:
    static constexpr Millis told_every{1'000};
    // A pause that comes so soon after the last one is twice as long, up to so many times.
    static constexpr Millis pause_remembered{600'000};
    static constexpr int pause_growth_max = 8;

    // `limits` outlive the meter, and may change.
    explicit PeerMeter(const PeerLimits& limits) : limits_(limits) {}

    // Whether a message of a peer may be looked at. A peer is told of a refusal once a second
    // (refused), not for each message (refused_again); one whose refused messages are as many as
    // its burst is paused: what it sends must not even be decrypted. Times are steady.
    Admission admit(const wire::Peer& peer, std::size_t bytes, Millis now);
    // Bytes sent to a peer are asked of its allowance too: they wait in memory until it reads them.
    void charge(const wire::Peer& peer, std::size_t bytes);
    bool is_paused(const std::string& peer, Millis now) const;

  private:
    struct Level {
        double messages = 0;
        double bytes = 0;
    };

    struct Account {
        Level left;
        Level beyond;  // refused, less what time has forgiven
        Millis filled_at{0};
        Millis told_at{0};
        bool was_told = false;
        Millis paused_until{0};
        int pause_growth = 0;  // of the last pause; 0: none yet
    };

    Account& account_of(const wire::Peer& peer, Millis now);
    void pause(Account& account, Millis now) const;

    const PeerLimits& limits_;
    std::map<std::string, Account> accounts_;  // at most one for each key of the allow-list
};

// Counts lines by event and peer, and says which may still be written.
class LogMeter {
  public:
    static constexpr Millis minute{60'000};

    using Reason = std::pair<std::string, std::string>;  // event, peer

    explicit LogMeter(const PeerLimits& limits) : limits_(limits) {}

    bool admit(const std::string& event, const std::string& peer, Millis now);
    // What was left out in minutes that are over; told once.
    std::map<Reason, std::int64_t> left_out(Millis now);

  private:
    struct Window {
        Millis began{0};
        int lines = 0;
        std::int64_t left_out = 0;
    };

    const PeerLimits& limits_;
    std::map<Reason, Window> windows_;
};

}  // namespace nightreel

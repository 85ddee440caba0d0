#include "scheduler/server/peer_limits.h"

#include <algorithm>

#include "scheduler/protocol/attempt.h"

namespace nightreel {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

}  // namespace

PeerAllowance allowance_of(wire::Role role) {
    switch (role) {
        case wire::Role::worker:
            return {1'000, 4 * mebibyte, 2, wire::message_bytes_max};
        case wire::Role::view:
            return {200, 16 * mebibyte, 2, 64 * 1024};
        case wire::Role::submit:
        case wire::Role::operate:
        case wire::Role::approve:
        case wire::Role::admin:
            return {500, 32 * mebibyte, 2, wire::message_bytes_max};
    }
    return {};
}

PeerMeter::Account& PeerMeter::account_of(const wire::Peer& peer, Millis now) {
    const PeerAllowance allowance = allowance_of(peer.role);
    const auto [entry, is_new] = accounts_.try_emplace(peer.name);
    Account& account = entry->second;
    const double seconds =
        is_new ? allowance.burst : static_cast<double>((now - account.filled_at).count()) / 1000.0;
    account.filled_at = now;
    const auto fill = [&](double& level, double rate) {
        level = std::min(level + seconds * rate, allowance.burst * rate);
    };
    fill(account.messages, allowance.messages);
    fill(account.bytes, allowance.bytes);
    return account;
}

Admission PeerMeter::admit(const wire::Peer& peer, std::size_t bytes, Millis now) {
    Account& account = account_of(peer, now);
    const bool fits = bytes <= allowance_of(peer.role).message_bytes_max;
    if (fits && account.messages >= 1 && account.bytes > 0) {
        account.messages -= 1;
        account.bytes -= static_cast<double>(bytes);
        return Admission::granted;
    }
    if (account.was_told && now - account.told_at < told_every) return Admission::refused_again;
    account.was_told = true;
    account.told_at = now;
    return Admission::refused;
}

void PeerMeter::charge(const wire::Peer& peer, std::size_t bytes) {
    const auto found = accounts_.find(peer.name);
    if (found != accounts_.end()) found->second.bytes -= static_cast<double>(bytes);
}

bool LogMeter::admit(const std::string& event, const std::string& peer, Millis now) {
    const auto [entry, is_new] = windows_.try_emplace({event, peer});
    Window& window = entry->second;
    if (is_new) window.began = now;
    if (++window.lines <= lines_a_minute) return true;
    ++window.left_out;
    return false;
}

std::map<LogMeter::Reason, std::int64_t> LogMeter::left_out(Millis now) {
    std::map<Reason, std::int64_t> counts;
    std::erase_if(windows_, [&](const auto& entry) {
        const auto& [reason, window] = entry;
        if (now - window.began < minute) return false;
        if (window.left_out > 0) counts[reason] = window.left_out;
        return true;
    });
    return counts;
}

}  // namespace nightreel

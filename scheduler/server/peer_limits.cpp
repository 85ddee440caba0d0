#include "scheduler/server/peer_limits.h"

#include <algorithm>

namespace nightreel {

const PeerAllowance& PeerLimits::of(wire::Role role) const {
    switch (role) {
        case wire::Role::worker:
            return worker;
        case wire::Role::view:
            return view;
        case wire::Role::submit:
        case wire::Role::operate:
        case wire::Role::approve:
        case wire::Role::admin:
            break;
    }
    return people;
}

PeerMeter::Account& PeerMeter::account_of(const wire::Peer& peer, Millis now) {
    const PeerAllowance& allowance = limits_.of(peer.role);
    const double burst = static_cast<double>(limits_.burst.count()) / 1000.0;
    const auto [entry, is_new] = accounts_.try_emplace(peer.name);
    Account& account = entry->second;
    const double seconds =
        is_new ? burst : static_cast<double>((now - account.filled_at).count()) / 1000.0;
    account.filled_at = now;
    const auto pass = [&](double& left, double& beyond, double rate) {
        left = std::min(left + seconds * rate, burst * rate);
        beyond = std::max(beyond - seconds * rate, 0.0);
    };
    pass(account.left.messages, account.beyond.messages, allowance.messages);
    pass(account.left.bytes, account.beyond.bytes, allowance.bytes);
    return account;
}

Admission PeerMeter::admit(const wire::Peer& peer, std::size_t bytes, Millis now) {
    Account& account = account_of(peer, now);
    if (now < account.paused_until) return Admission::paused;
    const PeerAllowance& allowance = limits_.of(peer.role);
    const auto size = static_cast<double>(bytes);
    const bool fits = bytes <= allowance.message_bytes_max;
    if (fits && account.left.messages >= 1 && account.left.bytes > 0) {
        account.left.messages -= 1;
        account.left.bytes -= size;
        return Admission::granted;
    }
    account.beyond.messages += 1;
    account.beyond.bytes += size;
    const double burst = static_cast<double>(limits_.burst.count()) / 1000.0;
    if (account.beyond.messages > burst * allowance.messages ||
        account.beyond.bytes > burst * allowance.bytes) {
        pause(account, now);
        return Admission::paused;
    }
    if (account.was_told && now - account.told_at < told_every) return Admission::refused_again;
    account.was_told = true;
    account.told_at = now;
    return Admission::refused;
}

void PeerMeter::pause(Account& account, Millis now) const {
    const bool again = account.pause_growth > 0 && now - account.paused_until < pause_remembered;
    account.pause_growth = again ? std::min(2 * account.pause_growth, pause_growth_max) : 1;
    account.paused_until = now + account.pause_growth * limits_.pause;
    account.beyond = {};
}

bool PeerMeter::is_paused(const std::string& peer, Millis now) const {
    const auto found = accounts_.find(peer);
    return found != accounts_.end() && now < found->second.paused_until;
}

void PeerMeter::charge(const wire::Peer& peer, std::size_t bytes) {
    const auto found = accounts_.find(peer.name);
    if (found != accounts_.end()) found->second.left.bytes -= static_cast<double>(bytes);
}

bool LogMeter::admit(const std::string& event, const std::string& peer, Millis now) {
    const auto [entry, is_new] = windows_.try_emplace({event, peer});
    Window& window = entry->second;
    if (is_new) window.began = now;
    if (++window.lines <= limits_.log_lines) return true;
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

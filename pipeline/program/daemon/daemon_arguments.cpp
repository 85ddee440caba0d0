#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/program/daemon/daemon.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::string_view daemon_usage =
    "usage: nightreel-render daemon start SOCKET [--idle SECONDS] | daemon stop SOCKET";
constexpr std::int64_t idle_seconds_max = 7 * 24 * 3'600;

std::chrono::seconds idle_in(const std::string& text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds >= 1 &&
        seconds <= idle_seconds_max) {
        return std::chrono::seconds(seconds);
    }
    throw Error(ErrorKind::usage,
                fmt::format("--idle {}: expected seconds, from 1 to {}", text, idle_seconds_max));
}

}  // namespace

DaemonArguments daemon_arguments_of(std::span<const std::string> arguments) {
    DaemonArguments parsed;
    const bool is_known = !arguments.empty() && (arguments[0] == "start" || arguments[0] == "stop");
    if (!is_known) throw Error(ErrorKind::usage, std::string(daemon_usage));
    parsed.starts = arguments[0] == "start";
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const bool has_value = at + 1 < arguments.size();
        if (parsed.starts && arguments[at] == "--idle" && has_value) {
            parsed.idle_max = idle_in(arguments[++at]);
        } else if (parsed.socket.empty() && !arguments[at].starts_with("--")) {
            parsed.socket = std::filesystem::absolute(arguments[at]).lexically_normal();
        } else {
            throw Error(ErrorKind::usage, std::string(daemon_usage));
        }
    }
    if (parsed.socket.empty()) throw Error(ErrorKind::usage, std::string(daemon_usage));
    return parsed;
}

}  // namespace nightreel

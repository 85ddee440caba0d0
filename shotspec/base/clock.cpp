#include "shotspec/base/clock.h"

#include <ctime>

#include <fmt/format.h>

namespace nightreel {

Millis SystemClock::steady() const {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
}

Millis SystemClock::wall() const {
    return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
}

std::string utc_text(Millis wall) {
    const std::time_t seconds = static_cast<std::time_t>(wall.count() / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                       parts.tm_year + 1900,
                       parts.tm_mon + 1,
                       parts.tm_mday,
                       parts.tm_hour,
                       parts.tm_min,
                       parts.tm_sec,
                       wall.count() % 1000);
}

}  // namespace nightreel

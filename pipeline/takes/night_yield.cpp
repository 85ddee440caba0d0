#include "pipeline/takes/night_yield.h"

#include <fmt/format.h>

namespace nightreel {

NightYield with_ratios(NightYield yield) {
    const auto made = static_cast<double>(yield.takes);
    const auto usable = static_cast<double>(yield.usable);
    if (yield.takes > 0) yield.usable_share = usable / made;
    if (yield.usable > 0) yield.takes_per_usable = made / usable;
    if (yield.device_seconds.value_or(0) > 0) {
        yield.usable_seconds_per_device_hour = 3600 * yield.usable_seconds / *yield.device_seconds;
    }
    return yield;
}

std::string yield_text(const NightYield& yield) {
    if (yield.takes == 0) return {};
    std::string text = fmt::format(
        "{} of {} takes usable ({:.0f} %)", yield.usable, yield.takes, 100 * yield.usable_share);
    if (yield.takes_per_usable) {
        text += fmt::format("; {:.1f} takes per usable one", *yield.takes_per_usable);
    }
    if (yield.usable_seconds_per_device_hour) {
        text +=
            fmt::format("; {:.0f} s usable per device hour", *yield.usable_seconds_per_device_hour);
    }
    return text;
}

}  // namespace nightreel

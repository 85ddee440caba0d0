#include "shotspec/night/edit_settings.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace nightreel {
namespace {

// Shift makes shares of steps mean different noise for each model; noise levels do not.
constexpr auto named_strengths = std::to_array<std::pair<std::string_view, double>>(
    {{"subtle", 0.55}, {"mild", 0.75}, {"strong", 0.90}});
constexpr double sigma_least = 0.3;
constexpr double sigma_span = 0.68;

}  // namespace

std::optional<RemixStrength> TextForm<RemixStrength>::read(std::string_view word) {
    for (const auto& [name, sigma] : named_strengths) {
        if (word == name) return RemixStrength{sigma};
    }
    double share = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), share);
    if (error != std::errc() || end != word.data() + word.size()) return {};
    if (!std::isfinite(share) || share < 0 || share > 1) return {};
    return RemixStrength{sigma_least + sigma_span * share};
}

std::string TextForm<RemixStrength>::write(const RemixStrength& value) {
    for (const auto& [name, sigma] : named_strengths) {
        if (value.sigma == sigma) return std::string(name);
    }
    return fmt::format("{:.6g}", (value.sigma - sigma_least) / sigma_span);
}

}  // namespace nightreel

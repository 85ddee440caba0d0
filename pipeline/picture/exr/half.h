#pragma once
// Floats to IEEE half, rounded to nearest even: eight at a time where the processor can, with the
// same bits elsewhere. Pure; any thread.

#include <cstdint>
#include <span>

namespace nightreel {

inline constexpr float half_max = 65504.0F;

// Values beyond the range of a half are clamped to it. False when a NaN or an infinity was met; the
// target is then meaningless. The spans have the same length.
[[nodiscard]] bool to_half(std::span<const float> values, std::span<std::uint16_t> halves);

// The same without special instructions; what the other is tested against.
[[nodiscard]] bool to_half_portable(std::span<const float> values, std::span<std::uint16_t> halves);

}  // namespace nightreel

#pragma once
// The 64 bits that decide the noise of a take. A seed that stands in a night for a take is those
// bits itself, in any shot; from the seed of the show each take gets bits of its own. Pure, any
// thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "shotspec/night/resolved_night.h"

namespace nightreel {

// The first 8 bytes, little-endian, of SHA-256 over "noise", seed, shot and take. Never changed:
// takes are rendered again years later.
std::uint64_t derived_seed(std::uint64_t show_seed, std::string_view shot, std::int32_t take);

// Of a take, counted from 1. A shot's own `seed` is that of its first take; the others derive
// theirs from it and their number, not from the shot's name.
std::uint64_t noise_seed_of(const ResolvedShot& shot, std::int32_t take);

// "0x00000000000004d2": text, because JSON readers and spreadsheets round numbers of 64 bits. Night
// files accept it as a seed.
std::string noise_seed_text(std::uint64_t seed);

}  // namespace nightreel

#pragma once
// What nobody else draws, on this machine or another: from the system's source of randomness. Any
// thread. Error{unavailable} when it gives none.

#include <cstdint>
#include <string>

namespace nightreel {

std::uint64_t random_number();

std::string random_name();  // 16 hexadecimal digits

}  // namespace nightreel

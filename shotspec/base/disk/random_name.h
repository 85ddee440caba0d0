#pragma once
// A name that nobody else has, on this machine or another: 16 hexadecimal digits from the system's
// source of randomness. Any thread.

#include <string>

namespace nightreel {

std::string random_name();

}  // namespace nightreel

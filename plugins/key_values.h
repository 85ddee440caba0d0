#pragma once
// Answers of managers that print one record after the other, each as lines of "key=value". Pure,
// any thread.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

// By key in small letters: versions differ in them.
using KeyValues = std::map<std::string, std::string>;

// A record ends at an empty line, at a line in brackets, and before the key that began it.
std::vector<KeyValues> key_values_of(std::string_view text);

// Of the first of these keys that is there, else empty.
std::string value_of(const KeyValues& record, std::initializer_list<const char*> keys);

}  // namespace nightreel

#pragma once
// Values of a listing that may lack them. Pure, any thread.

#include <string>

#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

// Empty where there is no such text.
inline std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// 0 where there is no such number.
template <class Number>
Number number_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<Number>() : Number(0);
}

inline double number_at(const Json& json, const char* key) {
    return number_of<double>(json, key);
}

}  // namespace nightreel::cli

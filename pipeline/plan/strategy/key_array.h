#pragma once
// Names of key pictures among the arrays of an encode task's result. Pure, any thread.

#include <string>

#include "shotspec/night/resolved_night.h"

namespace nightreel {

inline constexpr const char* first_picture_array = "key.first";
inline constexpr const char* last_picture_array = "key.last";

// "key.60" of the picture that is frame 60 of its take.
inline std::string key_array(const KeyPicture& key) {
    if (key.at == KeyPlace::start) return first_picture_array;
    if (key.at == KeyPlace::end) return last_picture_array;
    return "key." + std::to_string(key.frame.value_or(0));
}

}  // namespace nightreel

#pragma once
// How long an agent waits before it says something again. Constants.

#include "shotspec/base/clock.h"

namespace nightreel {

inline constexpr Millis said_again_after{3'000};  // when no answer has come
inline constexpr Millis tried_again_after{200};   // while there is no connection

}  // namespace nightreel

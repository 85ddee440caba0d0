#pragma once
// check(holds, "what must hold"): for what cannot happen, in release builds too. Bad input is never
// reported this way; a failing check is a bug of ours and throws Error{internal} with file and
// line.

#include <string_view>

namespace nightreel {

[[noreturn]] void fail_check(const char* file,
                             int line,
                             const char* condition,
                             std::string_view why);

}  // namespace nightreel

// A macro, because clang 14 lacks std::source_location over libstdc++ 12.
#define NIGHTREEL_CHECK(condition, why)                                                   \
    do {                                                                                  \
        if (!(condition)) ::nightreel::fail_check(__FILE__, __LINE__, #condition, (why)); \
    } while (false)

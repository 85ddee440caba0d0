#include "shotspec/card/precision_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/base/error.h"

namespace nightreel {

PrecisionPolicy precision_policy_named(std::string_view word) {
    if (const auto policy = from_word<PrecisionPolicy>(word)) return *policy;
    throw Error(ErrorKind::usage,
                fmt::format("invalid precision '{}': expected one of {}",
                            word,
                            fmt::join(words_of<PrecisionPolicy>(), ", ")));
}

}  // namespace nightreel

#include "shotspec/base/check.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

void fail_check(const char* file, int line, const char* condition, std::string_view why) {
    throw Error(ErrorKind::internal, fmt::format("{}:{}: {} ({})", file, line, why, condition));
}

}  // namespace nightreel

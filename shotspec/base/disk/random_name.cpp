#include "shotspec/base/disk/random_name.h"

#include <cstdint>

#include <fmt/format.h>
#include <sys/random.h>

#include "shotspec/base/error.h"

namespace nightreel {

std::string random_name() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number) {
        throw Error(ErrorKind::unavailable, "the system gives no random numbers");
    }
    return fmt::format("{:016x}", number);
}

}  // namespace nightreel

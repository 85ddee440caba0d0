#include "shotspec/base/disk/random_name.h"

#include <fmt/format.h>
#include <sys/random.h>

#include "shotspec/base/error.h"

namespace nightreel {

std::uint64_t random_number() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number) {
        throw Error(ErrorKind::unavailable, "the system gives no random numbers");
    }
    return number;
}

std::string random_name() {
    return fmt::format("{:016x}", random_number());
}

}  // namespace nightreel

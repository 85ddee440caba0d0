#include "shotspec/base/host_name.h"

#include <array>

#include <unistd.h>

#include "shotspec/base/utf8.h"

namespace nightreel {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return utf8_head(name.data(), name.size());
}

}  // namespace nightreel

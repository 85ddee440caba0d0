#include "cli/job/submitter.h"

#include <array>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "shotspec/base/host_name.h"

namespace nightreel::cli {

std::string submitter_here() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16'384> texts{};
    ::getpwuid_r(::geteuid(), &entry, texts.data(), texts.size(), &found);
    const std::string user =
        found == nullptr ? fmt::format("{}", ::geteuid()) : std::string(found->pw_name);
    return fmt::format("{}@{}", user, host_name());
}

}  // namespace nightreel::cli

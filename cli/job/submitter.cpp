#include "cli/job/submitter.h"

#include <fmt/format.h>
#include <unistd.h>

#include "shotspec/base/host_name.h"
#include "shotspec/yaml/document.h"

namespace nightreel::cli {

std::string submitter_here() {
    std::string user;
    for (const char* variable : {"LOGNAME", "USER"}) {
        if (user.empty()) user = environment_variable(variable).value_or("");
    }
    return fmt::format(
        "{}@{}", user.empty() ? fmt::format("uid{}", ::geteuid()) : user, host_name());
}

}  // namespace nightreel::cli

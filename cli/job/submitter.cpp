#include "cli/job/submitter.h"

#include <fmt/format.h>
#include <unistd.h>

#include "shotspec/base/host_name.h"
#include "shotspec/yaml/document.h"

namespace nightreel::cli {

std::string user_here() {
    for (const char* variable : {"LOGNAME", "USER"}) {
        const std::string user = environment_variable(variable).value_or("");
        if (!user.empty()) return user;
    }
    return fmt::format("uid{}", ::geteuid());
}

std::string submitter_here() {
    return fmt::format("{}@{}", user_here(), host_name());
}

}  // namespace nightreel::cli

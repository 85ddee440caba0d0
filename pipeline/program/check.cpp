#include "pipeline/program/check.h"

#include <nlohmann/json.hpp>

#include "pipeline/sample/model_check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel {

int run_check(std::span<const std::string> arguments) {
    if (arguments.size() != 1) {
        throw Error(ErrorKind::usage, "usage: nightreel-render check MODEL");
    }
    bool is_well = true;
    for (const CheckedPart& part : check_parts(arguments.front())) {
        answer("{}\n", nlohmann::json({{"part", part.name}, {"fault", part.fault}}).dump());
        is_well = is_well && part.fault.empty();
    }
    return is_well ? 0 : exit_code_of(ErrorKind::bad_input);
}

}  // namespace nightreel

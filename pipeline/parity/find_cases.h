#pragma once
// Which parity cases lie at a path, and what their manifest says of them. Reads files; any thread.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/parity/parity_case.h"

namespace nightreel {

struct FoundCase {
    ParityCase parity_case;
    std::map<std::string, double> tolerances;  // absolute, by tensor; empty without a manifest
    bool is_broken_model = false;  // has case.json in place of inputs and expected values
};

// A case, or all cases below a folder in the order of their names. Error{bad_input} when there is
// none.
std::vector<FoundCase> find_cases(const std::filesystem::path& path);

}  // namespace nightreel

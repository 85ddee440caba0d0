#pragma once
// Whether an engine would open a model: every network is opened as for a task, which compares names
// and shapes of its tensors with its configuration. Weights stay unread but for small ones. Any
// thread.

#include <filesystem>
#include <string>
#include <vector>

namespace nightreel {

struct CheckedPart {
    std::string name;   // "transformer"; "model" for what is between the parts
    std::string fault;  // empty: it opens
};

// Error{bad_input} when the folder is no model at all.
std::vector<CheckedPart> check_parts(const std::filesystem::path& model);

}  // namespace nightreel

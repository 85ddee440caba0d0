#pragma once
// What a farm manager says of a night that was handed to it, and how it is asked. Values.

#include <functional>
#include <string>
#include <vector>

namespace nightreel {

enum class UnitState { waiting, running, done, failed, cancelled };

struct UnitReport {
    std::string unit;
    UnitState state = UnitState::waiting;
    std::string host = {};
    std::string reason = {};  // why it waits or failed, in the manager's words
};

// What the manager knows of a submission: no ids when it does not know it.
struct ManagerReport {
    std::vector<std::string> ids = {};
    std::vector<UnitReport> units = {};  // some may be missing: submitted halfway, or forgotten
};

struct CommandEnd {
    int code = 0;
    std::string output;
    std::string errors;
};

// Runs a program to its end, with `input` for it to read. Error{unavailable} when there is none.
using RunCommand = std::function<CommandEnd(const std::vector<std::string>& command,
                                            const std::string& input)>;

}  // namespace nightreel

#pragma once
// Gives the folders that all machines of a farm share their markers
// (pipeline/plan/roots/root_marker.h) and remembers them in the scheduler's state, so that a disk
// that is away at a later start is not taken for a new one. Reads and writes disks; the thread that
// starts the server.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scheduler/protocol/scheduler_messages.h"

namespace nightreel {

// `roots`: paths by name; an empty path is one that only workers know. `is_new`: the farm has done
// nothing yet, so that folders that are missing are made. Otherwise a folder that is missing here
// is left to the workers, the first of which that finds something in it marks it. `warn` is told
// what somebody should see to.
std::vector<wire::FarmRoot> mark_roots(const std::filesystem::path& state,
                                       const std::map<std::string, std::string>& roots,
                                       bool is_new,
                                       const std::function<void(const std::string& text)>& warn);

}  // namespace nightreel

#pragma once
// Where takes go. Orders name a root and a folder below it; which path the root has on this machine
// is said by the lease, the job file or the command line, and stands in no digest. Pure, any
// thread.

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "pipeline/plan/task_order.h"

namespace nightreel {

using Roots = std::map<std::string, std::string>;      // name to absolute path
using RootMarks = std::map<std::string, std::string>;  // name to the identity in its marker

// The roots of a farm: the first is `takes_root`, any other has its path for a name, so that it
// stays the same root wherever it stands in the list.
Roots roots_of(std::span<const std::string> paths);

// `folder` below the root of this name. Error{unavailable} when nobody said where the root is,
// Error{bad_input} when the folder is not below it.
std::filesystem::path folder_below(const Roots& roots,
                                   const std::string& root,
                                   const std::string& folder);

// The folder of the take.
std::filesystem::path folder_of_take(const PublishOrder& order, const Roots& roots);

}  // namespace nightreel

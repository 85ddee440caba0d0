#pragma once
// The name of this machine, for messages and for folders that several machines make on one disk.
// Asks the system; any thread.

#include <string>

namespace nightreel {

std::string host_name();  // UTF-8; "unknown" where the system does not tell

}  // namespace nightreel

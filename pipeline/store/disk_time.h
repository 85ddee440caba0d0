#pragma once
// The hour on the disk itself: the clock that gives files their times. Of a file server it is the
// server's, and never that of the host that asks. Makes and removes a small file; any thread.

#include <filesystem>

#include "shotspec/base/clock.h"

namespace nightreel {

// Since 1970. `folder` can be written to. Error{unavailable} names it.
Millis disk_time(const std::filesystem::path& folder);

// When a file or folder was last changed, by the same clock; nothing later than now for what is not
// there.
Millis changed_at(const std::filesystem::path& path, Millis now);

}  // namespace nightreel

#pragma once
// Events as the journal stores them: a name with a version, and a JSON body. A reader passes over
// fields that it does not know and fills in defaults for those that are not there. Pure, any
// thread.

#include <string>
#include <string_view>

#include "scheduler/farm/events.h"

namespace nightreel {

std::string body_of(const Event& event);

// Throws Error{corrupt} for a name that this release does not know or a body that does not fit.
Event event_from(std::string_view name, std::string_view body);

}  // namespace nightreel

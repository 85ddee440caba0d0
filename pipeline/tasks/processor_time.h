#pragma once

// Processor time of this process, over all its threads. Any thread.

namespace nightreel {

// Seconds since the process began, in its own code and in the kernel for it.
double processor_seconds();

}  // namespace nightreel

#pragma once

// Whose a submission key is: of who used it first. Constants.

namespace nightreel {

// Names neither the job nor its submitter.
inline constexpr const char* submission_is_taken =
    "somebody else has submitted this night into this output folder: ask an operator to retry it, "
    "or change the night";

}  // namespace nightreel

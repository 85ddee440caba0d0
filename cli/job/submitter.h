#pragma once
// Who runs this command, for people to read.

#include <string>

namespace nightreel::cli {

std::string submitter_here();  // "ada@render01"

}  // namespace nightreel::cli

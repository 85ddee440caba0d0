#pragma once
// Who runs this command by its environment: for people to read, not for rights.

#include <string>

namespace nightreel::cli {

std::string user_here();       // "ada"
std::string submitter_here();  // "ada@render01"

}  // namespace nightreel::cli

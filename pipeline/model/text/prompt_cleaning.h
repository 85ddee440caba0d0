#pragma once
// What happens to a prompt before it is cut into pieces: repaired, freed of HTML, blanks made
// single. As the reference pipelines do it, since a model has only seen cleaned prompts. Pure; any
// thread.

#include <string>
#include <string_view>

namespace nightreel {

// Error{bad_input} when the prompt is not UTF-8.
std::string clean_prompt(std::string_view prompt);

}  // namespace nightreel

#pragma once
// Words of prompts that a model with a closed vocabulary does not know. A NightCheck; one thread.

#include <string>
#include <string_view>
#include <vector>

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// The words of `text` that are not among `vocabulary`, in order, each once. A word ends at a blank;
// signs after it (",.:;!?") are not of it, and upper case is lower case.
std::vector<std::string> unknown_words(std::string_view text,
                                       const std::vector<std::string>& vocabulary);

// A warning for each prompt that has some, at the first of them, with the nearest words that the
// model knows.
void check_words(NightDocument& document, ResolvedNight& night);

}  // namespace nightreel

#pragma once
// Notations of other programs in prompts, which would be read as words: {{otto}} and <otto> for a
// character, <lora:ink:0.8>, weights such as (star:1.3). Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "shotspec/night/read_night.h"

namespace nightreel {

// One sentence for each slip; `names` are those of the characters.
std::vector<std::string> prompt_slips(std::string_view prompt,
                                      const std::vector<std::string>& names);

// A warning for each slip in the prompts of shots and characters and in the negative prompts.
void warn_of_prompt_slips(NightDocument& document);

}  // namespace nightreel

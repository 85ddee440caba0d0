#pragma once
// Prompts that are longer than their model reads, counted by the model's own tokenizer after the
// cleaning that the engine does. The tokenizer is loaded only for a prompt that may be too long. A
// NightCheck; one thread.

#include <cstddef>
#include <string_view>

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// No tokenizer makes more tokens of a prompt, the end of the text included: at most one of each
// byte, of what may become of its bytes when it is cleaned and normalised.
std::size_t tokens_at_most(std::string_view prompt);

// A warning for each prompt that is cut, at the first word that is not read; how many tokens are
// read is written down in the shot. One warning for a model whose tokenizer cannot be used.
void check_prompts(NightDocument& document, ResolvedNight& night);

}  // namespace nightreel

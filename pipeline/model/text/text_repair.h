#pragma once
// What ftfy.fix_text of Python does to a text, with its usual settings: the reference pipelines
// pass every prompt through it, so ids would differ without. Pure; any thread.

#include <string>

namespace nightreel {

std::u32string repair_text(const std::u32string& text);

}  // namespace nightreel

#pragma once
// "did you mean": the word of a list that somebody most likely meant. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

// Insertions, removals, replacements and swaps of neighbours that turn one word into the other;
// letters that differ in case alone count as equal.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The closest of `words`, the first among equals; nothing when none is close enough to be meant.
std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& words);

// "; did you mean size?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& words);

// "a, b and c"
std::string listed(const std::vector<std::string>& words, std::string_view joined_by = "and");

}  // namespace nightreel

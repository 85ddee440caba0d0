#pragma once
// A prompt with its characters written out. Pure, any thread.
//
// {name} stands for a character; {{ and }} for the braces themselves. Runs of blanks and line ends
// become one blank, so that how a prompt is broken into lines changes nothing.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

inline constexpr std::size_t prompt_bytes_max = 16 * 1024;

struct WrittenPrompt {
    std::string text;
    std::vector<std::string> characters;  // in order of first appearance
    std::vector<std::string> problems;    // sentences
};

// `characters` gives what each name stands for.
WrittenPrompt write_out_prompt(std::string_view prompt,
                               const std::map<std::string, std::string>& characters);

// Blanks and line ends joined, none at the ends.
std::string joined_blanks(std::string_view text);

}  // namespace nightreel

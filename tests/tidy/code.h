#pragma once
// C++ as tokens, for rules that look at names. No parser: what a rule takes for a declaration looks
// like one. One thread.

#include <cstddef>
#include <string>
#include <vector>

#include "tests/tidy/tidy.h"

namespace nightreel::tidy {

struct Token {
    std::string text;  // a name, a sign, or "" for any literal
    std::size_t line = 0;
};

using Tokens = std::vector<Token>;

// Without comments and preprocessor lines. "::" and "->" are one sign each.
Tokens tokens_of(const SourceFile& file);

bool is_name(const Token& token);

// The text at a place; empty outside.
const std::string& text_at(const Tokens& tokens, std::size_t index);

// Behind the bracket that closes the one at `open`; the number of tokens if none does.
std::size_t after_bracket(const Tokens& tokens, std::size_t open);

}  // namespace nightreel::tidy

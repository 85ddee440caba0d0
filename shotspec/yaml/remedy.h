#pragma once
// What was most likely meant where the YAML parser stopped: the slips that people make when they
// type a night (text that begins with a brace, ": " in a sentence, a backslash in a path), with the
// way out. The parser's own words name a rule of its grammar. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "shotspec/yaml/diagnostic.h"

namespace nightreel {

struct YamlRemedy {
    Place place;  // of the slip, which the parser may have met later
    std::string message;
};

// `stopped` is where the parser stopped in `text`, `reason` its words. Nothing when no rule fits.
std::optional<YamlRemedy> yaml_remedy(std::string_view text,
                                      const Place& stopped,
                                      std::string_view reason);

// A character at the beginning of `text` that looks like a space and is none to YAML: how many
// bytes it has and what to call it.
struct OddSpace {
    std::size_t bytes = 0;
    std::string name;  // "a no-break space (U+00A0)"
};

std::optional<OddSpace> odd_space_at(std::string_view text);

// The first one in `text`, as a complaint: "a no-break space (U+00A0) stands here; ...".
std::optional<std::string> odd_space_problem(std::string_view text);

// For a \ in double quotes that begins an escape nobody meant.
inline constexpr std::string_view backslash_remedy =
    "in double quotes \\ begins an escape; write / between folders, and single quotes around other "
    "text with \\";

// Whether the text begins and ends with quotes of the typographic kind, which YAML takes as text.
bool is_in_typographic_quotes(std::string_view text);

inline constexpr std::string_view typographic_quotes_remedy =
    "typographic quotes are part of the text in YAML; use straight ones (\")";

}  // namespace nightreel

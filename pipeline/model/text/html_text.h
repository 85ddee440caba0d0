#pragma once
// Character references of HTML in text that should have none. Pure; any thread.

#include <string>
#include <string_view>

namespace nightreel {

// As browsers read them: "&amp", "&#233;" and "&eacute;" alike, with or without a semicolon.
std::u32string unescape_html(std::u32string_view text);

// Only what cannot be meant otherwise: whole references that end in a semicolon, also in upper case
// ("P&EACUTE;REZ").
std::u32string unescape_plain_html(std::u32string_view text);

}  // namespace nightreel

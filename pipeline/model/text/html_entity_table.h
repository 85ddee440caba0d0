#pragma once
// The named characters of HTML, as text: see the source for its form.

#include <string_view>

namespace nightreel {

extern const std::string_view html_entity_list;

}  // namespace nightreel

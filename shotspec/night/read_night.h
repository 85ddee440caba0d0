#pragma once
// Text -> Night, with every problem of the text itself. What needs models or other files beside
// includes is left to resolve (shotspec/resolve/resolve.h). One thread.

#include <string>
#include <string_view>

#include "shotspec/night/night.h"
#include "shotspec/yaml/document.h"
#include "shotspec/yaml/field_reader.h"

namespace nightreel {

// A night, and where each of its values was written. `night` is to be used only while `complaints`
// has no errors; it is filled as far as it could be read.
struct NightDocument {
    Night night;
    Places places;
    Complaints complaints;
    // Characters and styles alone, for nights that include them: there is no shot.
    bool is_register = false;
};

NightDocument read_night(const DocumentSource& source);

// Letters, digits, '.', '_' and '-', beginning with a letter or digit, at most name_bytes_max of
// them: such a name is safe in paths, addresses and templates.
inline constexpr std::size_t name_bytes_max = 64;
bool is_legal_name(std::string_view name);

}  // namespace nightreel

#pragma once
// Where in a take a given picture stands, as a night file has it: a time or frame from the take's
// first frame, handles included, or its end. A plain value; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "shotspec/describe/text_form.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct KeyTime {
    bool is_end = false;
    Length after = {};  // of the first frame; not read at the end

    bool is_start() const { return !is_end && after.amount == 0; }

    friend bool operator==(const KeyTime&, const KeyTime&) = default;
};

template <>
struct TextForm<KeyTime> {
    static constexpr std::string_view accepted = "0s, a time such as 2.5s or 30f, or end";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+(\\.[0-9]{1,6})?s$|^[0-9]+f$|^end$"})";
    static std::optional<KeyTime> read(std::string_view word);
    static std::string write(const KeyTime& value);
};

}  // namespace nightreel

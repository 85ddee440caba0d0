#pragma once
// A part of a clip as a night file has it: by times from its first frame, or by its frame numbers,
// both included. A plain value; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shotspec/describe/text_form.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct TimeSpan {
    Length first;
    Length end;  // not included

    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

struct ClipSpan {
    std::variant<FrameRange, TimeSpan> part = FrameRange{};

    friend bool operator==(const ClipSpan&, const ClipSpan&) = default;
};

template <>
struct TextForm<ClipSpan> {
    static constexpr std::string_view accepted =
        "times from the clip's first frame such as 2s-3s (or 24f-36f, the end not included), or "
        "its frame numbers such as 1025-1036";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+(\\.[0-9]{1,6})?s-[0-9]+(\\.[0-9]{1,6})?s$|)"
        R"(^[0-9]+f-[0-9]+f$|^[0-9]+-[0-9]+$"})";
    static std::optional<ClipSpan> read(std::string_view word);
    static std::string write(const ClipSpan& value);
};

}  // namespace nightreel

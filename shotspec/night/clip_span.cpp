#include "shotspec/night/clip_span.h"

#include "shotspec/describe/fields.h"

namespace nightreel {

std::optional<ClipSpan> TextForm<ClipSpan>::read(std::string_view word) {
    if (const auto numbers = TextForm<FrameRange>::read(word)) return ClipSpan{*numbers};
    const std::size_t dash = word.find('-');
    if (dash == std::string_view::npos) return {};
    const auto first = TextForm<Length>::read(word.substr(0, dash));
    const auto end = TextForm<Length>::read(word.substr(dash + 1));
    if (!first || !end || first->unit != end->unit || first->amount >= end->amount) return {};
    return ClipSpan{TimeSpan{*first, *end}};
}

std::string TextForm<ClipSpan>::write(const ClipSpan& value) {
    return std::visit(
        Overloaded{[](const FrameRange& numbers) { return TextForm<FrameRange>::write(numbers); },
                   [](const TimeSpan& times) {
                       return TextForm<Length>::write(times.first) + "-" +
                              TextForm<Length>::write(times.end);
                   }},
        value.part);
}

}  // namespace nightreel

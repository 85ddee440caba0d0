#include "pipeline/picture/frame_name.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int frame_digits_min = 4;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct PatternParts {
    std::string_view before;
    std::string_view after;
    int digits = 0;
};

PatternParts parts_of(std::string_view pattern) {
    const std::size_t mark = pattern.find('%');
    const bool whole = mark != std::string_view::npos && mark + 4 <= pattern.size() &&
                       pattern.find('%', mark + 1) == std::string_view::npos &&
                       pattern[mark + 1] == '0' && is_digit(pattern[mark + 2]) &&
                       pattern[mark + 2] != '0' && pattern[mark + 3] == 'd';
    if (!whole) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("frame pattern \"{}\" requires one %04d for the number", pattern));
    }
    return {pattern.substr(0, mark), pattern.substr(mark + 4), pattern[mark + 2] - '0'};
}

}  // namespace

int frame_digits(const FrameRange& frames) {
    return std::max(frame_digits_min, static_cast<int>(fmt::formatted_size("{}", frames.last)));
}

std::string frame_text(std::int64_t frame, const FrameRange& frames) {
    return fmt::format("{:0{}}", frame, frame_digits(frames));
}

std::string frame_pattern(std::string_view name,
                          const FrameRange& frames,
                          std::string_view extension) {
    return fmt::format("{}.%0{}d.{}", name, frame_digits(frames), extension);
}

std::string frame_file_name(std::string_view pattern, std::int64_t frame) {
    const PatternParts parts = parts_of(pattern);
    return fmt::format("{}{}{:0{}}{}",
                       parts.before,
                       frame < 0 ? "-" : "",
                       frame < 0 ? -frame : frame,
                       parts.digits,
                       parts.after);
}

std::optional<std::int64_t> frame_number_in(std::string_view pattern, std::string_view file_name) {
    const PatternParts parts = parts_of(pattern);
    if (file_name.size() <= parts.before.size() + parts.after.size()) return {};
    if (!file_name.starts_with(parts.before) || !file_name.ends_with(parts.after)) return {};
    const std::string_view text = file_name.substr(
        parts.before.size(), file_name.size() - parts.before.size() - parts.after.size());
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return {};
    // Only the one spelling that frame_file_name makes, so that no two files are the same frame.
    if (frame_file_name(pattern, number) != file_name) return {};
    return number;
}

}  // namespace nightreel

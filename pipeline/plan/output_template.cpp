#include "pipeline/plan/output_template.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int number_width_max = 9;

[[noreturn]] void refuse(std::string_view output_template, const std::string& why) {
    throw Error(ErrorKind::bad_input, fmt::format("output: \"{}\": {}", output_template, why));
}

std::optional<std::int32_t> parse_number(std::string_view text) {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) return {};
    return number;
}

// "version:03" -> {"version", "03"}
struct Word {
    std::string_view name;
    std::string_view width;
};

std::string value_of(const Word& word, const TakeNames& names, std::string_view output_template) {
    if (word.name == "version" || word.name == "take") {
        const std::int32_t number = word.name == "version" ? names.version : names.take;
        const auto width = word.width.empty() ? 0 : parse_number(word.width);
        if (!width || *width > number_width_max) {
            refuse(
                output_template,
                fmt::format("invalid width \"{}\": expected a number of digits such as {{{}:03}}",
                            word.width,
                            word.name));
        }
        return fmt::format("{:0{}}", number, *width);
    }
    if (!word.width.empty())
        refuse(output_template, "only {{version}} and {{take}} can have a width");
    if (word.name == "show") return names.show;
    if (word.name == "sequence") return names.sequence;
    if (word.name == "shot") return names.shot;
    refuse(output_template,
           fmt::format("unknown placeholder {{{}}}: expected {{show}}, {{sequence}}, {{shot}}, "
                       "{{version}} or {{take}}",
                       word.name));
}

void refuse_unsafe(std::string_view output_template, std::string_view folder) {
    if (folder.empty()) refuse(output_template, "is empty; expected a folder");
    if (folder.front() == '/') refuse(output_template, "must be relative to the output root");
    for (std::size_t start = 0; start <= folder.size();) {
        const std::size_t end = std::min(folder.find('/', start), folder.size());
        const std::string_view part = folder.substr(start, end - start);
        if (part.empty() || part == "." || part == "..") {
            refuse(output_template, "contains an empty, \".\" or \"..\" folder");
        }
        start = end + 1;
    }
}

// `on_word` is told where in the result each word's value begins and ends.
template <class OnWord>
std::string expand(std::string_view pattern, const TakeNames& names, OnWord&& on_word) {
    std::string result;
    std::size_t at = 0;
    while (at < pattern.size()) {
        const std::size_t open = std::min(pattern.find_first_of("{}", at), pattern.size());
        result += pattern.substr(at, open - at);
        if (open == pattern.size()) break;
        const std::size_t close = pattern.find('}', open);
        if (pattern[open] == '}' || close == std::string_view::npos) {
            refuse(pattern, "unbalanced brace");
        }
        const std::string_view inside = pattern.substr(open + 1, close - open - 1);
        const std::size_t colon = std::min(inside.find(':'), inside.size());
        const Word word{inside.substr(0, colon),
                        colon < inside.size() ? inside.substr(colon + 1) : std::string_view()};
        const std::size_t begin = result.size();
        result += value_of(word, names, pattern);
        on_word(word.name, begin, result.size());
        at = close + 1;
    }
    refuse_unsafe(pattern, result);
    return result;
}

}  // namespace

std::string take_folder(std::string_view output_template, const TakeNames& names) {
    const std::string_view pattern =
        output_template.empty() ? default_output_template : output_template;
    return expand(pattern, names, [](std::string_view, std::size_t, std::size_t) {});
}

std::string take_base_name(const TakeNames& names) {
    return fmt::format(
        "{}_{}_gen_v{:03}_t{:02}", names.show, names.shot, names.version, names.take);
}

std::optional<VersionPlace> version_place(std::string_view output_template,
                                          const TakeNames& names) {
    const std::string_view pattern =
        output_template.empty() ? default_output_template : output_template;
    std::optional<std::pair<std::size_t, std::size_t>> number;
    const auto on_word = [&](std::string_view word, std::size_t begin, std::size_t end) {
        if (word == "version" && !number) number = {begin, end};
    };
    const std::string folder = expand(pattern, names, on_word);
    if (!number) return {};
    const auto [begin, end] = *number;
    const std::size_t slash = begin == 0 ? std::string::npos : folder.rfind('/', begin - 1);
    const std::size_t name_begin = slash == std::string::npos ? 0 : slash + 1;
    const std::size_t name_end = std::min(folder.find('/', end), folder.size());
    return VersionPlace{slash == std::string::npos ? "" : folder.substr(0, slash),
                        folder.substr(name_begin, begin - name_begin),
                        folder.substr(end, name_end - end)};
}

std::int32_t next_version(const VersionPlace& place, std::span<const std::string> existing) {
    std::int32_t highest = 0;
    for (std::string_view name : existing) {
        if (!name.starts_with(place.before) || !name.ends_with(place.after)) continue;
        if (name.size() <= place.before.size() + place.after.size()) continue;
        name.remove_prefix(place.before.size());
        name.remove_suffix(place.after.size());
        highest = std::max(highest, parse_number(name).value_or(0));
    }
    return highest + 1;
}

}  // namespace nightreel

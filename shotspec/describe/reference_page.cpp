#include "shotspec/describe/reference_page.h"

#include <fmt/format.h>

namespace nightreel::reference_page {
namespace {

// A bar would end the cell.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string heading(const Section& section) {
    return section.title.empty() ? "Top level" : code(section.title);
}

void append(std::string& text, const Section& section) {
    text += fmt::format("\n## {}\n\n{}{}", heading(section), table_head(), section.rows);
    for (const Section& inner : section.inner) append(text, inner);
}

}  // namespace

std::string limits_text(std::string_view noun, const FieldInfo& info) {
    // Digits without an exponent: 1e+06 is nothing that somebody would write.
    const auto shown = [](double value) {
        const auto whole = static_cast<std::int64_t>(value);
        return static_cast<double>(whole) == value ? fmt::format("{}", whole)
                                                   : fmt::format("{}", value);
    };
    if (info.minimum && info.minimum == info.maximum) {
        return fmt::format("{}, must be {}", noun, shown(*info.minimum));
    }
    if (info.minimum && info.maximum) {
        return fmt::format("{}, {} to {}", noun, shown(*info.minimum), shown(*info.maximum));
    }
    if (info.minimum) return fmt::format("{}, at least {}", noun, shown(*info.minimum));
    if (info.maximum) return fmt::format("{}, at most {}", noun, shown(*info.maximum));
    return std::string(noun);
}

std::string row(std::string_view name, const std::string& form, const FieldInfo& info) {
    std::string meaning(info.meaning);
    if (!info.example.empty()) meaning += fmt::format(" Example: `{}`.", info.example);
    const std::string fallback = info.required ? "required" : std::string(info.fallback);
    return fmt::format(
        "| `{}` | {} | {} | {} |\n", name, cell(form), cell(meaning), cell(fallback));
}

std::string code(std::string_view word) {
    return fmt::format("`{}`", word);
}

std::string table_head() {
    return "| field | value | description | default |\n|---|---|---|---|\n";
}

std::string page(const Section& root, std::string_view introduction) {
    std::string text(introduction);
    append(text, root);
    return text;
}

}  // namespace nightreel::reference_page

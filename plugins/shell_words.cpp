#include "plugins/shell_words.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/describe/text_form.h"

namespace nightreel {

std::string render_program_of(const ManagersSection& site) {
    return site.program.value_or("nightreel-render");
}

std::vector<std::string> render_options(const ManagersSection& site) {
    std::vector<std::string> options{
        "--device", site.device, "--threads", fmt::format("{}", site.threads)};
    if (site.precision) {
        options.insert(options.end(), {"--precision", std::string(word_of(*site.precision))});
    }
    if (site.memory) {
        options.insert(options.end(), {"--memory", TextForm<ByteCount>::write(*site.memory)});
    }
    if (site.store) options.insert(options.end(), {"--store", *site.store});
    for (const std::string& folder : site.models) {
        options.insert(options.end(), {"--models", folder});
    }
    return options;
}

std::string filled(std::string script,
                   const std::vector<std::pair<std::string, std::string>>& values) {
    for (const auto& [name, value] : values) {
        const std::string mark = fmt::format("@{}@", name);
        for (std::size_t at = script.find(mark); at != std::string::npos;
             at = script.find(mark, at + value.size())) {
            script.replace(at, mark.size(), value);
        }
    }
    return script;
}

std::string number_ranges(const std::vector<std::int64_t>& numbers) {
    std::string text;
    for (std::size_t first = 0; first < numbers.size();) {
        std::size_t last = first;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
        if (!text.empty()) text += ',';
        text += last == first ? fmt::format("{}", numbers[first])
                              : fmt::format("{}-{}", numbers[first], numbers[last]);
        first = last + 1;
    }
    return text;
}

std::int64_t mebibytes_of(std::int64_t bytes) {
    constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
    return (bytes + mebibyte - 1) / mebibyte;
}

std::string shell_word(std::string_view text) {
    const bool is_plain = !text.empty() && std::ranges::all_of(text, [](char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
               (character >= '0' && character <= '9') ||
               std::string_view("_-./:=,+@%").find(character) != std::string_view::npos;
    });
    if (is_plain) return std::string(text);
    std::string quoted = "'";
    for (const char character : text) {
        if (character == '\'') {
            quoted += "'\\''";
        } else {
            quoted += character;
        }
    }
    return quoted + "'";
}

std::string shell_words(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
    return line;
}

std::string xml_text(std::string_view text) {
    std::string safe;
    for (const char character : text) {
        switch (character) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += character;
        }
    }
    return safe;
}

}  // namespace nightreel

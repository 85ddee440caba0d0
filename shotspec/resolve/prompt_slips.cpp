#include "shotspec/resolve/prompt_slips.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace nightreel {
namespace {

// How other programs write a name that is to be replaced.
struct Notation {
    std::string_view before;
    std::string_view after;
};

constexpr auto notations = std::to_array<Notation>(
    {{"{{", "}}"}, {"<", ">"}, {"%(", ")s"}, {"$", ""}, {"@", ""}, {"[[", "]]"}});

bool is_of_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// The name that stands behind `at` in this notation; nothing where none does.
std::optional<std::string_view> named_at(std::string_view prompt,
                                         std::size_t at,
                                         const Notation& notation) {
    const std::size_t begin = at + notation.before.size();
    std::size_t end = begin;
    if (notation.after.empty()) {
        while (end < prompt.size() && is_of_word(prompt[end])) ++end;
    } else {
        end = prompt.find(notation.after, begin);
        if (end == std::string_view::npos) return {};
    }
    return trimmed(prompt.substr(begin, end - begin));
}

bool is_number(std::string_view text) {
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc() && end == text.data() + text.size();
}

// "(star:1.3)" at the beginning of the text; empty where it is none.
std::string_view weight_in(std::string_view text) {
    const std::size_t close = text.find_first_of("()", 1);
    if (close == std::string_view::npos || text[close] != ')') return {};
    const std::string_view inside = text.substr(1, close - 1);
    const std::size_t colon = inside.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    const char before = inside[colon - 1];
    const bool is_time = before >= '0' && before <= '9';
    if (is_time || !is_number(trimmed(inside.substr(colon + 1)))) return {};
    return text.substr(0, close + 1);
}

class SlipSearch {
  public:
    SlipSearch(std::string_view prompt, const std::vector<std::string>& names)
        : prompt_(prompt), names_(names) {}

    std::vector<std::string> find() {
        for (std::size_t at = 0; at < prompt_.size(); ++at) look_at(at);
        return std::move(slips_);
    }

  private:
    void add(std::string slip) {
        if (std::ranges::find(slips_, slip) == slips_.end()) slips_.push_back(std::move(slip));
    }

    void look_at(std::size_t at) {
        const std::string_view rest = prompt_.substr(at);
        for (const Notation& notation : notations) {
            if (!rest.starts_with(notation.before)) continue;
            const auto name = named_at(prompt_, at, notation);
            if (!name || std::ranges::find(names_, *name) == names_.end()) continue;
            add(fmt::format("{}{}{} is read as these words: write {{{}}} for the character",
                            notation.before,
                            *name,
                            notation.after,
                            *name));
        }
        if (rest.starts_with("<lora:") || rest.starts_with("<lyco:")) {
            const std::size_t close = std::min(rest.find('>'), std::size_t{64});
            add(fmt::format("{} is read as words: name the file under loras:",
                            rest.substr(0, close == 64 ? 6 : close + 1)));
        }
        if (rest.front() != '(') return;
        const std::string_view weight = weight_in(rest);
        constexpr std::size_t weight_bytes_max = 64;
        if (weight.empty() || weight.size() > weight_bytes_max) return;
        add(fmt::format("{} is read as words: weights in prompts are not supported", weight));
    }

    std::string_view prompt_;
    const std::vector<std::string>& names_;
    std::vector<std::string> slips_;
};

}  // namespace

std::vector<std::string> prompt_slips(std::string_view prompt,
                                      const std::vector<std::string>& names) {
    return SlipSearch(prompt, names).find();
}

void warn_of_prompt_slips(NightDocument& document) {
    std::vector<std::string> names;
    for (const auto& character : document.night.characters) names.push_back(character.first);
    const auto look = [&](const std::string& path, std::string_view prompt) {
        if (!document.places.is_right(path)) return;
        for (std::string& slip : prompt_slips(prompt, names)) {
            document.complaints.warn(document.places.of(path), path, std::move(slip));
        }
    };
    const Night& night = document.night;
    for (const auto& [name, sheet] : night.characters) {
        look("characters." + name + ".prompt", sheet.prompt);
        if (sheet.negative) look("characters." + name + ".negative", *sheet.negative);
    }
    for (const auto& [name, sheet] : night.styles) {
        look("styles." + name + ".prompt", sheet.prompt);
        if (sheet.negative) look("styles." + name + ".negative", *sheet.negative);
    }
    if (night.defaults.negative) look("defaults.negative", *night.defaults.negative);
    for (std::size_t i = 0; i < night.shots.size(); ++i) {
        const NightShot& shot = night.shots[i];
        const std::string path = fmt::format("shots[{}]", i);
        look(path + ".prompt", shot.prompt);
        if (shot.settings.negative) look(path + ".negative", *shot.settings.negative);
    }
}

}  // namespace nightreel

#pragma once
// Nights as text, checked against the bundled model. For tests; one thread.

#include <map>
#include <string>

#include "shotspec/resolve/check_night.h"

namespace nightreel {

// Everything up to the shots; references are left to the tests that have a folder.
inline const std::string night_head =
    "nightreel: 1\n"
    "show: aurora\n"
    "seed: 1234\n"
    "defaults: { model: toybox }\n"
    "characters:\n"
    "  mira: { prompt: a small striped red star }\n"
    "shots:\n";

inline CheckedNight check_text(const std::string& text,
                               const std::map<std::string, std::string>& variables = {},
                               const std::filesystem::path& path = "night.yaml") {
    const auto variable = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return {};
        return found->second;
    };
    return check_night(DocumentSource{path, text, variable}, {"models"});
}

// One shot with these lines beside its name and prompt.
inline CheckedNight check_shot(const std::string& lines) {
    std::string text = night_head + "  - shot: sq010_sh0010\n    prompt: \"{mira} jumps\"\n";
    std::size_t begin = 0;
    while (begin < lines.size()) {
        const std::size_t end = std::min(lines.find('\n', begin), lines.size());
        text += "    " + lines.substr(begin, end - begin) + "\n";
        begin = end + 1;
    }
    return check_text(text);
}

inline std::string complaints_of(const CheckedNight& checked) {
    return text_of(checked.diagnostics);
}

// The only shot of a night that has to be right.
inline ResolvedShot resolved_shot(const std::string& lines) {
    const CheckedNight checked = check_shot(lines);
    if (!checked.night) throw std::runtime_error(complaints_of(checked));
    return checked.night->shots.at(0);
}

}  // namespace nightreel

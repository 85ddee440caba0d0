#include "shotspec/resolve/styles.h"

#include <fmt/format.h>

#include "shotspec/describe/nearest_word.h"
#include "shotspec/night/prompt.h"

namespace nightreel {

Styles resolve_styles(NightDocument& document, LoraShelf& loras) {
    Styles styles;
    for (const auto& [name, sheet] : document.night.styles) {
        const std::string path = "styles." + name;
        if (name == no_style) {
            document.complaints.add(
                document.places.of(path), path, "none means no style; give this one another name");
        }
        styles[name] = {joined_blanks(sheet.prompt),
                        joined_blanks(sheet.negative.value_or("")),
                        loras.resolve(sheet.loras, path + ".loras")};
    }
    return styles;
}

const ResolvedStyle* style_of(const ShotSettingsReader& settings, const Styles& styles) {
    const auto asked = settings.get("style", &ShotSettings::style);
    if (!asked.value || *asked.value == no_style) return nullptr;
    const auto found = styles.find(*asked.value);
    if (found != styles.end()) return &found->second;
    std::vector<std::string> names;
    for (const auto& style : styles) names.push_back(style.first);
    const std::string guess = did_you_mean(*asked.value, names);
    const std::string known = names.empty() ? "; the night has no styles: write styles: { NAME: { "
                                              "prompt: WORDS } }"
                                            : "; there is " + listed(names);
    settings.complain(asked.path,
                      fmt::format("no style {}{}", *asked.value, guess.empty() ? known : guess));
    return nullptr;
}

std::string with_words(const std::string& text, const std::string& more) {
    if (text.empty() || more.empty()) return text + more;
    return fmt::format("{}, {}", text, more);
}

}  // namespace nightreel

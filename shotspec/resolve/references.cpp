#include "shotspec/resolve/references.h"

#include <utility>

#include <fmt/format.h>

#include "shotspec/describe/nearest_word.h"

namespace nightreel {

std::string references_text(const std::vector<ReferencePicture>& references) {
    std::vector<std::pair<std::string, int>> counts;
    for (const ReferencePicture& reference : references) {
        const bool is_new = counts.empty() || counts.back().first != reference.character;
        if (is_new) counts.emplace_back(reference.character, 0);
        ++counts.back().second;
    }
    std::string text;
    for (const auto& [name, count] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
    }
    return text;
}

void check_references(const ShotSettingsReader& settings,
                      const ModelCard& card,
                      const ShotMeans& means,
                      const ResolvedShot& shot) {
    const std::size_t count = shot.references.size();
    if (count <= static_cast<std::size_t>(card.references_max)) return;
    std::vector<std::string> others;
    if (means.holding) others = means.holding(count);
    const auto most = static_cast<std::size_t>(card.references_max);
    const std::string& first = shot.references.front().character;
    const std::string& last = shot.references.back().character;
    std::string remedy = others.empty() ? "" : "use " + listed(others) + ", or ";
    if (most > 0 && first == last) {
        remedy += fmt::format("remove {} of them", count - most);
    } else {
        remedy += fmt::format("describe {{{}}} in words instead", last);
    }
    settings.complain(
        settings.path_of("prompt"),
        fmt::format("its characters have {} reference picture{} ({}); {} takes {}: {}",
                    count,
                    count == 1 ? "" : "s",
                    references_text(shot.references),
                    card.name,
                    most == 0 ? "none" : fmt::format("at most {} a shot", most),
                    remedy));
}

}  // namespace nightreel

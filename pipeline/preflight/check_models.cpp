#include "pipeline/preflight/check_models.h"

#include <algorithm>
#include <set>
#include <string>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/inspect_model.h"
#include "shotspec/base/error.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {
namespace {

void look_at_model(NightDocument& document, const ModelCard& card, const std::string& path) {
    const auto complain = [&](const std::string& fault) {
        document.complaints.add(
            document.places.of(path), path, fmt::format("{} cannot be used: {}", card.name, fault));
    };
    try {
        for (const InspectedPart& part : inspect_model(card.folder).parts) {
            // Without a place it is not there, which the card's list of files tells.
            if (!part.fault.empty() && !part.location.empty()) complain(part.fault);
        }
    } catch (const Error& error) {
        // Of a card that lists no files nothing is known to be missing.
        if (!card.files.empty()) complain(error.what());
    }
}

}  // namespace

void check_models(NightDocument& document, ResolvedNight& night) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < night.shots.size(); ++i) {
        const auto card = std::ranges::find(night.models, night.shots[i].model, &ModelCard::name);
        if (card == night.models.end() || !seen.insert(card->name).second) continue;
        look_at_model(document,
                      *card,
                      ShotSettingsReader(document, i).get("model", &ShotSettings::model).path);
    }
}

}  // namespace nightreel

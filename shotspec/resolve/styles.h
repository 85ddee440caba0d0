#pragma once
// Styles of a night, and the one of a shot; a part of resolve_shot (shotspec/resolve/shot.h). One
// thread.

#include <map>
#include <string>
#include <vector>

#include "shotspec/night/read_night.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/loras.h"
#include "shotspec/resolve/shot_reader.h"

namespace nightreel {

struct ResolvedStyle {
    std::string prompt;
    std::string negative;
    std::vector<ResolvedLora> loras;
};

using Styles = std::map<std::string, ResolvedStyle>;

Styles resolve_styles(NightDocument& document, LoraShelf& loras);

// The style that holds for the shot; null without one, or after a complaint. Borrows `styles`.
const ResolvedStyle* style_of(const ShotSettingsReader& settings, const Styles& styles);

// "a star jumps" and "ink drawing" as "a star jumps, ink drawing".
std::string with_words(const std::string& text, const std::string& more);

}  // namespace nightreel

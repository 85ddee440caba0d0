#pragma once
// How a take that is longer than a segment is made: by which strategy, with what overlap; a part of
// resolve_shot (shotspec/resolve/shot.h). One thread.

#include <cstdint>
#include <string>

#include "shotspec/card/model_card.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {

// Length and overlap of segments, as the night or the card has them.
void resolve_segments(const ShotSettingsReader& settings,
                      const ModelCard& card,
                      ResolvedShot& shot);

struct LongTake {
    std::int64_t frames = 0;          // with handles
    std::string path;                 // where its length was written
    bool has_later_pictures = false;  // after the first frame
};

// Strategy, overlap and what else belongs to it, of a take of more than one segment whose sampling
// and segments are resolved. False after a complaint, which says what this model and which
// installed ones can do.
bool resolve_long_take(const ShotSettingsReader& settings,
                       const ModelCard& card,
                       const LongTake& take,
                       const ContinuingModels& continuing,
                       ResolvedShot& shot);

}  // namespace nightreel

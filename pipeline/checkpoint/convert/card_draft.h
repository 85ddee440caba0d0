#pragma once
// The text of a model.yaml for a model that was just imported: what its family and its files say,
// for a person to look over. Pure; any thread.

#include <cstdint>
#include <map>
#include <string>

#include "pipeline/checkpoint/layout/model_family.h"
#include "shotspec/base/digest.h"
#include "shotspec/card/model_card.h"
#include "shotspec/card/model_dimensions.h"

namespace nightreel {

struct CardFacts {
    const std::string& name;
    const std::string& licence;        // empty: unknown
    const std::string& training_data;  // empty: unknown
    const FamilyDefaults& family;
    const StepCacheDefaults* step_cache;  // none: nobody has fitted one
    std::int64_t frames_per_block;        // of the transformer's configuration; 1 where it has none
    const ModelLatents& latents;
    const ModelDimensions& dimensions;
    const std::map<std::string, Digest>& files;  // relative to the model's folder
};

std::string card_draft(const CardFacts& facts);

}  // namespace nightreel

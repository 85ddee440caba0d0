#pragma once
// Which model of the family a folder is, and how its authors sample it: what a card drafted for it
// says. Pure; any thread.
// Sources, also named in each drafted card: wan/configs/*.py and generate.py of Wan2.1 (9737cba)
// and Wan2.2 (42bf4cf), vace/ of VACE (48eb44f), the scripts and the README of SkyReels-V2
// (abed76f); of step caches TeaCache, TeaCache4Wan2.1/teacache_generate.py.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pipeline/checkpoint/layout/model_folder.h"

namespace nightreel {

// Which of the authors' negative prompts.
enum class NegativePrompt { wan, wan_pictures, wan_two_pictures, skyreels_english };

struct FamilyDefaults {
    std::string_view name;    // "wan2.1-t2v"
    std::string_view source;  // where the authors say so, for the card
    std::string_view remark;  // where they say two things, or what depends on the size
    std::int64_t heads = 0;   // of a transformer that has settings of its own; 0: of any
    std::string_view sizes;
    int size_multiple = 16;
    int size_max = 1280;
    int rate = 16;
    int references_max = 0;
    bool history = false;  // leading latent frames may be given
    std::string_view first_picture = "refused";
    std::string_view last_picture = "refused";
    int latent_frames = 21;
    int overlap = 0;
    int steps = 50;
    double guidance = 5.0;
    double shift = 5.0;
    std::string_view shift_by_size = {};  // "{ size: 832x480, shift: 3.0 }"
    double guidance_low = 0;              // of the second expert, where it differs
    NegativePrompt negative = NegativePrompt::wan;
    // Of noise on the history of long clips; none: its latent frames have no levels of their own.
    std::optional<int> history_noise = {};
};

// `transformer` is the configuration of the (first) transformer.
const FamilyDefaults& family_of(const ModelFolder& folder, const nlohmann::json& transformer);

// Published coefficients of a step cache, for the projected time embedding.
struct StepCacheDefaults {
    std::string_view family;
    std::int64_t heads = 0;         // tells the model's size
    std::string_view coefficients;  // "-1.5, ..."
    std::string_view remark;        // where the folder does not tell which weights it has
};

// Nothing for a model that none were published for.
const StepCacheDefaults* step_cache_of(const FamilyDefaults& family,
                                       const nlohmann::json& transformer);

// Latent frames of a causal block, as the configuration says; 1 where it says nothing.
std::int64_t frames_per_block_of(const nlohmann::json& transformer);

// Wan's, for models that begin with a picture and for those that end with one too with the words
// that their authors put before it; SkyReels' English one.
std::string negative_prompt_of(const FamilyDefaults& family);

}  // namespace nightreel

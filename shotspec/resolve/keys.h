#pragma once
// Pictures that stand in a take, found, placed and legal for the model; a part of resolve_shot
// (shotspec/resolve/shot.h). One thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/model_card.h"
#include "shotspec/night/key_time.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/pictures.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {

// A key of the shot as it was written, in the order of the night file.
struct WrittenKey {
    KeyTime at;
    std::string path;  // "shots[0].keys[1]"
    GivenPicture picture;
};

// Complains of pictures that are not there, and of a second one for the same time.
std::vector<WrittenKey> find_keys(const ShotSettingsReader& settings, PictureShelf& pictures);

bool has_key(const std::vector<WrittenKey>& keys, KeyPlace place);

// Complains of keys that the model does not take, and of those that it needs and has not.
void check_keys(const ShotSettingsReader& settings,
                const ModelCard& card,
                const std::vector<WrittenKey>& keys);

// Frames of the take at which its keys stand, the end included: of the pictures that segments begin
// and end with.
std::vector<std::int64_t> key_frames(const std::vector<KeyPicture>& keys, std::int64_t frames);

// Whether a picture at the end is a clean latent frame, like one at any other time, so that the
// take need not be one segment.
bool takes_pictures_anywhere(const ModelCard& card);

// Of the frames that are made.
struct TakeTime {
    FrameRate rate;
    std::optional<RateChange> change = {};
    std::int64_t frames = 0;
};

// The frame that stands so long after the first one, from 0. Lengths in frames count delivered
// ones. The problem says where it is none, or outside of the take.
WholeFrames frame_after(Length after, const TakeTime& take);

// In the order of the take. Complains of times that are no whole frame, outside of the take,
// or nearer to each other than the model can tell apart.
std::vector<KeyPicture> place_keys(const ShotSettingsReader& settings,
                                   const ModelCard& card,
                                   const TakeTime& take,
                                   const std::vector<WrittenKey>& keys);

}  // namespace nightreel

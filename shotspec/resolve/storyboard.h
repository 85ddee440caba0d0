#pragma once
// The cards of a storyboard: texts that follow each other in one take, and pictures; a part of
// resolve_shot (shotspec/resolve/shot.h). One thread.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/night/prompt.h"
#include "shotspec/night/resolved_night.h"
#include "shotspec/resolve/keys.h"
#include "shotspec/resolve/pictures.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {

struct BoardCard {
    Length at;
    std::string path;  // "shots[0].storyboard[1]"
    WrittenPrompt prompt;
    std::optional<GivenPicture> picture = {};
};

// Complains of texts and pictures that are wrong, of an empty board, and of one without a card at
// the take's first frame.
std::vector<BoardCard> find_cards(const ShotSettingsReader& settings,
                                  const std::map<std::string, std::string>& characters,
                                  PictureShelf& pictures);

// Pictures of cards stand in the take as its keys do.
void add_card_keys(const ShotSettingsReader& settings,
                   const std::vector<BoardCard>& cards,
                   std::vector<WrittenKey>& keys);

// The prompt of the shot is then the first card's, with the characters of all.
void use_cards(const ShotSettingsReader& settings,
               const std::vector<BoardCard>& cards,
               WrittenPrompt& prompt);

// Nothing without cards. Complains of times that are no whole frame, outside of the take, or not in
// order.
std::optional<std::vector<TextCard>> place_cards(const ShotSettingsReader& settings,
                                                 const std::vector<BoardCard>& cards,
                                                 const TakeTime& take);

}  // namespace nightreel

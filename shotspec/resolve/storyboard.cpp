#include "shotspec/resolve/storyboard.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {

std::vector<BoardCard> find_cards(const ShotSettingsReader& settings,
                                  const std::map<std::string, std::string>& characters,
                                  PictureShelf& pictures) {
    const std::string board = settings.path_of("storyboard");
    if (!settings.shot().storyboard || !settings.is_right(board)) return {};
    const std::vector<StoryCard>& written = *settings.shot().storyboard;
    if (written.empty()) settings.complain(board, "has no card; give one or leave it out");
    std::vector<BoardCard> cards;
    for (std::size_t i = 0; i < written.size(); ++i) {
        const std::string path = fmt::format("{}[{}]", board, i);
        if (!settings.is_right(path + ".at") || !settings.is_right(path + ".prompt")) continue;
        BoardCard card{written[i].at, path, write_out_prompt(written[i].prompt, characters)};
        for (const std::string& problem : card.prompt.problems) {
            settings.complain(path + ".prompt", problem);
        }
        if (written[i].image) {
            card.picture = pictures.find(*written[i].image, path + ".image", PictureGround::black);
        }
        if (i == 0 && card.at.amount != 0) {
            settings.complain(path + ".at", "the first card begins with the take: write at: 0s");
        }
        cards.push_back(std::move(card));
    }
    return cards;
}

void add_card_keys(const ShotSettingsReader& settings,
                   const std::vector<BoardCard>& cards,
                   std::vector<WrittenKey>& keys) {
    for (const BoardCard& card : cards) {
        if (!card.picture) continue;
        const KeyTime at{.after = card.at};
        const bool is_taken = std::ranges::any_of(keys, [&](const WrittenKey& key) {
            return key.at == at || (key.at.is_start() && at.is_start());
        });
        if (is_taken) {
            settings.complain(
                card.path,
                fmt::format("a second picture for {}; keep one", TextForm<KeyTime>::write(at)));
            continue;
        }
        keys.push_back({at, card.path, *card.picture});
    }
}

void use_cards(const ShotSettingsReader& settings,
               const std::vector<BoardCard>& cards,
               WrittenPrompt& prompt) {
    if (cards.empty()) return;
    const std::string path = settings.path_of("prompt");
    if (settings.is_written(path)) {
        settings.complain(path, "cannot be combined with storyboard: its cards have the text");
    }
    prompt.text = cards.front().prompt.text;
    prompt.characters.clear();
    for (const BoardCard& card : cards) {
        for (const std::string& name : card.prompt.characters) {
            if (std::ranges::find(prompt.characters, name) == prompt.characters.end()) {
                prompt.characters.push_back(name);
            }
        }
    }
}

std::optional<std::vector<TextCard>> place_cards(const ShotSettingsReader& settings,
                                                 const std::vector<BoardCard>& cards,
                                                 const TakeTime& take) {
    if (cards.empty()) return {};
    std::vector<TextCard> placed;
    for (const BoardCard& card : cards) {
        const WholeFrames at = frame_after(card.at, take);
        std::string problem = at.problem;
        if (problem.empty() && !placed.empty() && at.count <= placed.back().frame) {
            problem = "is not after the card before it; write cards in order";
        }
        if (!problem.empty()) {
            settings.complain(card.path + ".at", problem);
            continue;
        }
        placed.push_back({at.count, card.prompt.text});
    }
    return placed;
}

}  // namespace nightreel

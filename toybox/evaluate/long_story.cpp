#include "toybox/evaluate/long_story.h"

#include <array>

#include "toybox/world/caption.h"

namespace nightreel::toybox {

LongStory long_story(std::uint64_t seed, std::size_t number, std::size_t segments) {
    constexpr std::array<Action, 4> next{
        Action::stands, Action::jumps, Action::spins, Action::floats};
    Dice dice(seed, number);
    Record record = sample_record(dice, {.phases = 1, .camera = Camera::still, .pillar = false});
    Caption first = caption_of(record, dice);
    while (!first.facts.background) first = caption_of(record, dice);
    LongStory story{record.actors.front(), {first.text}};
    while (story.captions.size() < segments) {
        record.actors.front().actions = {next[dice.below(next.size())]};
        story.captions.push_back(caption_of(record, dice, Naming::generic).text);
    }
    return story;
}

}  // namespace nightreel::toybox

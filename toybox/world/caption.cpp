#include "toybox/world/caption.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>

#include "shotspec/base/check.h"

namespace nightreel::toybox {
namespace {

using Phrases = std::span<const std::string_view>;

// An empty phrase leaves the fact unsaid; it stands twice where saying it is to be the exception.
constexpr std::string_view small_words[] = {"small", "little", "tiny"};
constexpr std::string_view large_words[] = {"large", "big", "huge"};
constexpr std::string_view plain_words[] = {"", "", "plain"};
constexpr std::string_view striped_words[] = {"striped"};
constexpr std::string_view dotted_words[] = {"dotted", "spotted"};
constexpr std::string_view circle_words[] = {"circle", "ball", "disc"};
constexpr std::string_view square_words[] = {"square", "box", "block"};
constexpr std::string_view triangle_words[] = {"triangle", "cone"};
constexpr std::string_view star_words[] = {"star"};
constexpr std::string_view stands_words[] = {
    "stands still", "is standing", "waits", "does not move", "stays in place"};
constexpr std::string_view walks_left_words[] = {
    "walks left", "walks to the left", "moves left", "strolls to the left", "is walking left"};
constexpr std::string_view walks_right_words[] = {
    "walks right", "walks to the right", "moves right", "strolls to the right", "is walking right"};
constexpr std::string_view jumps_words[] = {
    "jumps", "is jumping", "hops up and down", "leaps up", "jumps up and down"};
constexpr std::string_view spins_words[] = {
    "spins", "is spinning", "twirls", "turns around", "spins in place"};
constexpr std::string_view floats_words[] = {
    "floats", "is floating", "hovers", "floats in the air", "hovers above the ground"};
constexpr std::string_view night_words[] = {
    "at night", "in the city at night", "under a night sky"};
constexpr std::string_view meadow_words[] = {"in a meadow", "on the grass", "in a green field"};
constexpr std::string_view desert_words[] = {"in the desert", "on the sand", "near the pyramids"};
constexpr std::string_view snow_words[] = {"in the snow", "by snowy mountains", "on the ice"};
constexpr std::string_view still_words[] = {
    "", "", "the camera is static", "static shot", "the camera holds still"};
constexpr std::string_view pan_left_words[] = {
    "the camera pans left", "pan left", "the camera moves to the left"};
constexpr std::string_view pan_right_words[] = {
    "the camera pans right", "pan right", "the camera moves to the right"};
constexpr std::string_view push_in_words[] = {
    "the camera pushes in", "slow push in", "the camera zooms in"};
constexpr std::string_view pillar_words[] = {
    "a pillar stands in front", "there is a pillar in front", "with a pillar in front"};
constexpr std::string_view generic_words[] = {"the character", "the actor", "the hero"};
// Said of a second actor, and by the grammar's own joints; the tokenizer knows them too.
constexpr std::string_view other_words[] = {
    "the other character", "the other actor", "the other one", "a and while with stripes"};

Phrases phrases_for(Size size) {
    return size == Size::small ? small_words : large_words;
}

Phrases phrases_for(Pattern pattern) {
    constexpr std::array<Phrases, count_of<Pattern>> all{plain_words, striped_words, dotted_words};
    return all[index_of(pattern)];
}

Phrases phrases_for(Shape shape) {
    constexpr std::array<Phrases, count_of<Shape>> all{
        circle_words, square_words, triangle_words, star_words};
    return all[index_of(shape)];
}

Phrases phrases_for(Action action) {
    constexpr std::array<Phrases, count_of<Action>> all{
        stands_words, walks_left_words, walks_right_words, jumps_words, spins_words, floats_words};
    return all[index_of(action)];
}

Phrases phrases_for(Background background) {
    constexpr std::array<Phrases, count_of<Background>> all{
        night_words, meadow_words, desert_words, snow_words};
    return all[index_of(background)];
}

Phrases phrases_for(Camera camera) {
    constexpr std::array<Phrases, count_of<Camera>> all{
        still_words, pan_left_words, pan_right_words, push_in_words};
    return all[index_of(camera)];
}

std::string pick(Phrases phrases, Dice& dice) {
    return std::string(phrases[dice.below(phrases.size())]);
}

void append_word(std::string& text, std::string_view word) {
    if (word.empty()) return;
    text += ' ';
    text += word;
}

std::string looks_of(const Actor& actor, Dice& dice, ActorFacts& said) {
    std::string size;
    if (dice.chance(0.85)) {
        size = pick(phrases_for(actor.size), dice);
        said.size = actor.size;
    }
    const std::string pattern = pick(phrases_for(actor.pattern), dice);
    const std::string noun = pick(phrases_for(actor.shape), dice);
    const bool stripes_behind = actor.pattern == Pattern::striped && dice.chance(0.3);
    std::string text = "a";
    append_word(text, size);
    if (!stripes_behind) append_word(text, pattern);
    append_word(text, word_of(actor.colour));
    append_word(text, noun);
    if (stripes_behind) text += " with stripes";
    said.shape = actor.shape;
    said.colour = actor.colour;
    said.pattern = actor.pattern;
    return text;
}

void collect_words(Phrases phrases, std::set<std::string>& words) {
    for (const std::string_view phrase : phrases) {
        std::size_t begin = 0;
        while (begin < phrase.size()) {
            const std::size_t end = std::min(phrase.find(' ', begin), phrase.size());
            if (end > begin) words.emplace(phrase.substr(begin, end - begin));
            begin = end + 1;
        }
    }
}

template <class Set>
void collect_words_of(std::set<std::string>& words) {
    for (const auto& [value, word] : EnumWords<Set>::words) {
        collect_words(phrases_for(value), words);
    }
}

}  // namespace

Caption caption_of(const Record& record, Dice& dice, Naming naming, std::size_t phase) {
    NIGHTREEL_CHECK(record.actors.size() == 1, "the grammar spoken here has one actor");
    const Actor& actor = record.actors.front();
    Caption caption;
    ActorFacts said;
    said.action = actor.actions.at(phase);
    std::string text =
        naming == Naming::generic ? pick(generic_words, dice) : looks_of(actor, dice, said);
    append_word(text, pick(phrases_for(said.action), dice));
    caption.facts.actors.push_back(said);
    if (dice.chance(0.92)) {
        const std::string place = pick(phrases_for(record.background), dice);
        caption.facts.background = record.background;
        text = dice.chance(0.35) ? place + ", " + text : text + " " + place;
    }
    caption.facts.camera = record.cameras.at(phase);
    const std::string move = pick(phrases_for(caption.facts.camera), dice);
    caption.facts.has_pillar = record.pillar_x.has_value();
    std::string tail = caption.facts.has_pillar ? ", " + pick(pillar_words, dice) : "";
    if (!move.empty()) {
        if (dice.chance(0.35)) {
            text = move + ": " + text;
        } else {
            tail += ", " + move;
        }
    }
    caption.text = text + tail + (dice.chance(0.5) ? "." : "");
    return caption;
}

Facts facts_of(const Record& record, std::size_t phase) {
    Facts facts;
    for (const Actor& actor : record.actors) {
        facts.actors.push_back(
            {actor.shape, actor.colour, actor.pattern, actor.size, actor.actions.at(phase)});
    }
    facts.background = record.background;
    facts.camera = record.cameras.at(phase);
    facts.has_pillar = record.pillar_x.has_value();
    return facts;
}

std::vector<std::string> grammar_words() {
    std::set<std::string> words;
    collect_words_of<Size>(words);
    collect_words_of<Pattern>(words);
    collect_words_of<Shape>(words);
    collect_words_of<Action>(words);
    collect_words_of<Background>(words);
    collect_words_of<Camera>(words);
    collect_words(pillar_words, words);
    collect_words(generic_words, words);
    collect_words(other_words, words);
    for (const auto& [colour, word] : EnumWords<Colour>::words) words.emplace(word);
    return {words.begin(), words.end()};
}

}  // namespace nightreel::toybox

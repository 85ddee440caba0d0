#pragma once
// The caption grammar that the bundled model reads, and what a caption says as facts. Pure.

#include <optional>
#include <string>
#include <vector>

#include "toybox/world/dice.h"
#include "toybox/world/record.h"

namespace nightreel::toybox {

// What a caption claims; what it leaves open is empty.
struct ActorFacts {
    std::optional<Shape> shape;
    std::optional<Colour> colour;
    std::optional<Pattern> pattern;
    std::optional<Size> size;
    Action action = Action::stands;
};

struct Facts {
    std::vector<ActorFacts> actors;
    std::optional<Background> background;
    Camera camera = Camera::still;
    bool has_pillar = false;
};

struct Caption {
    std::string text;
    Facts facts;
};

enum class Naming {
    looks,    // "a small red striped star"
    generic,  // "the character": its looks must come from a sheet or from history
};

// A caption of one phase of a record with one actor.
Caption caption_of(const Record& record,
                   Dice& dice,
                   Naming naming = Naming::looks,
                   std::size_t phase = 0);

// Everything that is true of one phase.
Facts facts_of(const Record& record, std::size_t phase = 0);

// Every word of the grammar once, sorted: each is one piece of the bundled model's tokenizer.
std::vector<std::string> grammar_words();

}  // namespace nightreel::toybox

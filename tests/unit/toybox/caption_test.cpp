#include "toybox/world/caption.h"

#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shotspec/base/files.h"

namespace nightreel::toybox {
namespace {

std::set<std::string> words_of(const std::string& text) {
    std::string letters;
    for (const char c : text) letters += c >= 'a' && c <= 'z' ? c : ' ';
    std::istringstream stream(letters);
    std::set<std::string> words;
    for (std::string word; stream >> word;) words.insert(word);
    return words;
}

TEST_CASE("the grammar has exactly the words that the bundled model was taught", "[toybox]") {
    const auto card = nlohmann::json::parse(read_file("models/toybox/card.json"));
    const std::vector<std::string> taught = card["grammar"]["vocabulary"];
    CHECK(grammar_words() == taught);
}

TEST_CASE("every caption is made of words of the grammar", "[toybox]") {
    const std::vector<std::string> list = grammar_words();
    const std::set<std::string> known(list.begin(), list.end());
    Dice dice(9);
    for (int i = 0; i < 500; ++i) {
        const Record record = sample_record(dice);
        const Naming naming = i % 3 == 0 ? Naming::generic : Naming::looks;
        for (std::size_t phase = 0; phase < record.cameras.size(); ++phase) {
            const Caption caption = caption_of(record, dice, naming, phase);
            for (const std::string& word : words_of(caption.text)) {
                INFO(caption.text);
                CHECK(known.count(word) == 1);
            }
        }
    }
}

TEST_CASE("a caption says what its facts say and no more", "[toybox]") {
    Dice dice(10);
    int without_size = 0;
    for (int i = 0; i < 400; ++i) {
        const Record record = sample_record(dice, {.phases = 1});
        const Actor& actor = record.actors[0];
        const Caption caption = caption_of(record, dice);
        const std::set<std::string> words = words_of(caption.text);
        const ActorFacts& said = caption.facts.actors.at(0);
        INFO(caption.text);
        CHECK(words.count(std::string(word_of(actor.colour))) == 1);
        CHECK(said.colour == actor.colour);
        CHECK(said.shape == actor.shape);
        CHECK(said.action == actor.actions[0]);
        CHECK(caption.facts.has_pillar == (words.count("pillar") == 1));
        const bool says_size = words.count("small") + words.count("little") + words.count("tiny") +
                                   words.count("large") + words.count("big") + words.count("huge") >
                               0;
        CHECK(says_size == said.size.has_value());
        without_size += !says_size;
    }
    CHECK(without_size == Approx(60).margin(28));
}

TEST_CASE("a generic caption names no looks", "[toybox]") {
    Dice dice(12);
    for (int i = 0; i < 100; ++i) {
        const Record record = sample_record(dice, {.phases = 1});
        const Caption caption = caption_of(record, dice, Naming::generic);
        const std::set<std::string> words = words_of(caption.text);
        CHECK(words.count(std::string(word_of(record.actors[0].colour))) == 0);
        CHECK_FALSE(caption.facts.actors.at(0).shape.has_value());
        CHECK_FALSE(caption.facts.actors.at(0).size.has_value());
    }
}

}  // namespace
}  // namespace nightreel::toybox

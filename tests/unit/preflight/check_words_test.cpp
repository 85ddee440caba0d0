#include "pipeline/preflight/check_words.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pipeline/model/text/tokenizer.h"
#include "shotspec/card/read_model_card.h"
#include "tests/unit/preflight/night_stage.h"

namespace nightreel {
namespace {

const std::vector<std::string> words = {"a", "red", "star", "jumps", "stands"};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("words are told apart at blanks, without the signs after them and without case",
          "[preflight]") {
    CHECK(unknown_words("A red star, jumps.", words).empty());
    CHECK(unknown_words("a  red\tStar\njumps?!", words).empty());
    CHECK(unknown_words("", words).empty());
    CHECK(unknown_words("a dragon lands, a dragon jumps", words) == Strings{"dragon", "lands"});
    // The tokenizer knows a word only behind a blank.
    CHECK(unknown_words("red-star (star", words) == Strings{"red-star", "(star"});
}

TEST_CASE("unknown words are warned of at the first of them, with the nearest known ones",
          "[preflight]") {
    const NightStage stage;
    const auto checked = stage.check(
        night_of("  - { shot: a, frames: 17, prompt: \"a red dragon standz, a dragon jumps\" }\n"));
    REQUIRE(checked.night);
    CHECK(NightStage::told(checked) ==
          Strings{"5:43: warning: shots[0].prompt: not in the vocabulary of toybox (102 words), "
                  "so without effect: \"dragon\", \"standz\" (did you mean stands?)"});
}

TEST_CASE("a word that cannot be seen or is very long is shown so that it can be found",
          "[preflight]") {
    const NightStage stage;
    const auto shown = [&](const std::string& word) {
        const Strings told = NightStage::told(
            stage.check(night_of("  - { shot: a, frames: 17, prompt: '" + word + "' }\n")));
        REQUIRE(told.size() == 1);
        return told[0].substr(told[0].rfind("effect: ") + 8);
    };
    CHECK(shown("st\u00ADar").starts_with("\"st[U+00AD]ar\""));
    CHECK(shown("st\u202Ear").starts_with("\"st[U+202E]ar\""));
    CHECK(shown("\"a\"").starts_with("'\"a\"'"));
    CHECK(shown(std::string(300, 'x')) == '"' + std::string(40, 'x') + "...\"");
}

TEST_CASE("an unknown word of a character is told once, where the character is described",
          "[preflight]") {
    const NightStage stage;
    const auto checked =
        stage.check(night_of("  - { shot: a, frames: 17, prompt: \"{mira} jumps\" }\n"
                             "  - { shot: b, frames: 17, prompt: \"{mira} spins\" }\n",
                             "characters:\n  mira: { prompt: a red wizard }\n"
                             "  otto: { prompt: a bearded ghost }\n"));
    const Strings told = NightStage::told(checked);
    REQUIRE(told.size() == 1);
    CHECK(told[0].starts_with(
        "5:25: warning: characters.mira.prompt: not in the vocabulary of toybox"));
    CHECK(told[0].find("\"wizard\"") != std::string::npos);
}

TEST_CASE("negative prompts are looked at too, and a model without a vocabulary knows every word",
          "[preflight]") {
    const NightStage stage;
    stage.write_card("open", "");
    const auto told = [&](const std::string& model) {
        return NightStage::told(
            stage.check(night_of("  - { shot: a, frames: 17, prompt: a star, model: " + model +
                                 ", negative: \"a star, blurry\" }\n")));
    };
    CHECK(told("open").empty());
    const Strings warned = told("toybox");
    REQUIRE(warned.size() == 1);
    CHECK(warned[0].starts_with("5:"));
    CHECK(warned[0].find("shots[0].negative: not in the vocabulary of toybox") !=
          std::string::npos);
}

TEST_CASE("the bundled model's card lists the words that its tokenizer has a token for",
          "[preflight]") {
    const ModelCard card = read_model_card("models/toybox");
    const auto facts = nlohmann::json::parse(read_file("models/toybox/card.json"));
    auto grammar = facts.at("grammar").at("vocabulary").get<Strings>();
    Strings listed = card.vocabulary;
    std::ranges::sort(grammar);
    std::ranges::sort(listed);
    CHECK(listed == grammar);
    const Tokenizer tokenizer("models/toybox/tokenizer");
    for (const std::string& word : card.vocabulary) {
        CAPTURE(word);
        CHECK(tokenizer.reach(word, 512).tokens == 2);
        std::string shouted = word;
        std::ranges::transform(
            shouted, shouted.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        CHECK(tokenizer.reach(shouted, 512).tokens == 2);
    }
    for (const std::string word : {"dragon", "red-star", "(star", "2"}) {
        CAPTURE(word);
        CHECK(tokenizer.reach(word, 512).tokens > 2);
    }
}

}  // namespace nightreel

#include "pipeline/preflight/check_prompts.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/model/text/prompt_cleaning.h"
#include "pipeline/model/text/tokenizer.h"
#include "tests/unit/preflight/night_stage.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

using Strings = std::vector<std::string>;

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::string shot(const std::string& prompt, const std::string& more = "") {
    return "  - shot: a\n    frames: 17\n    prompt: " + prompt + "\n" + more;
}

// The text of a night file from a place on.
std::string text_at(const NightStage& stage, const Diagnostic& diagnostic) {
    const std::string night = read_file(stage.path() / "night.yaml");
    std::size_t at = 0;
    for (std::int32_t line = 1; line < diagnostic.line; ++line) at = night.find('\n', at) + 1;
    return night.substr(at + static_cast<std::size_t>(diagnostic.column - 1));
}

}  // namespace

TEST_CASE("a prompt that is longer than its model reads is told, with the place of the cut",
          "[preflight]") {
    const NightStage stage;
    // 8 tokens each: a word is one, a comma another.
    const std::string phrase = "a small red star jumps at night, ";
    for (const std::string quote : {"\"", ">-\n      "}) {
        const std::string end = quote == "\"" ? "\"" : "";
        const auto checked =
            stage.check(night_of(shot(quote + repeated(phrase, 70) + "a star" + end)));
        REQUIRE(checked.night);
        REQUIRE(checked.diagnostics.size() == 1);
        const Diagnostic& told = checked.diagnostics[0];
        CHECK(told.severity == Severity::warning);
        CHECK(told.path == "shots[0].prompt");
        CHECK(told.message ==
              "the prompt has 563 tokens, of which toybox reads 512: it is cut after \"...jumps at "
              "night, a small red star jumps at night\"; not read: \", a small red star jumps at "
              "night, a small red...\"");
        CHECK(text_at(stage, told).starts_with(", a small red star jumps at night, a small"));
        const auto cut = checked.night->shots[0].prompt_cut;
        REQUIRE(cut);
        CHECK(*cut == PromptCut{563, 512});
        CHECK_FALSE(checked.night->shots[0].negative_prompt_cut);
    }
}

TEST_CASE("a prompt that is read to its end is not told", "[preflight]") {
    const NightStage stage;
    const auto checked = stage.check(night_of(shot('"' + repeated("star ", 511) + '"')));
    REQUIRE(checked.night);
    CHECK(checked.diagnostics.empty());
    CHECK_FALSE(checked.night->shots[0].prompt_cut);
    CHECK(stage.check(night_of(shot('"' + repeated("star ", 512) + '"'))).diagnostics.size() == 1);
}

TEST_CASE("characters count as what they stand for", "[preflight]") {
    const NightStage stage;
    const std::string characters = "characters:\n  mira: { prompt: a large red star }\n";
    // Four tokens each time; the 128th of them is not read to its end.
    const auto checked =
        stage.check(night_of(shot('"' + repeated("{mira} ", 127) + "{mira} jumps\""), characters));
    REQUIRE(checked.night);
    REQUIRE(checked.diagnostics.size() == 1);
    CHECK(checked.diagnostics[0].message.find("has 514 tokens") != std::string::npos);
    CHECK(checked.night->shots[0].prompt_cut->tokens == 514);
    // The cut lies inside the text that the last name stands for.
    CHECK(text_at(stage, checked.diagnostics[0]).starts_with("{mira} jumps\""));
}

TEST_CASE("negative prompts are counted where guidance uses them: the night's and the model's",
          "[preflight]") {
    const NightStage stage;
    const std::string text = '"' + repeated("star ", 600) + '"';
    const auto own = stage.check(night_of(shot("a star", "    negative: " + text + "\n")));
    REQUIRE(own.diagnostics.size() == 1);
    CHECK(own.diagnostics[0].path == "shots[0].negative");
    CHECK(own.diagnostics[0].message.starts_with("the negative prompt has 601 tokens"));
    CHECK(own.night->shots[0].negative_prompt_cut == PromptCut{601, 512});
    const auto unguided =
        stage.check(night_of(shot("a star", "    guidance: 1\n    negative: " + text + "\n")));
    REQUIRE(unguided.diagnostics.size() == 1);
    CHECK(unguided.diagnostics[0].message == "has no effect with guidance 1");

    stage.write_card("wordy", "negative_prompt: " + text + "\n");
    for (const char* part : {"model_index.json", "tokenizer"}) {
        fs::create_symlink(fs::absolute(fs::path("models/toybox") / part),
                           stage.path() / "wordy" / part);
    }
    const auto model = stage.check(night_of(shot("a star", "    model: wordy\n")));
    REQUIRE(model.diagnostics.size() == 1);
    CHECK(model.diagnostics[0].path == "shots[0].model");
    CHECK(model.diagnostics[0].message.starts_with("the model's own negative prompt has 601"));
}

TEST_CASE("a tokenizer that is missing or broken is one warning, and only of long prompts",
          "[preflight]") {
    const NightStage stage;
    stage.write_card("bare", "");
    const auto bare = [&](const std::string& prompt) {
        return stage.check("nightreel: 1\nshow: aurora\ndefaults: { model: bare }\nshots:\n" +
                           shot(prompt) + "  - { shot: b, frames: 17, prompt: " + prompt + " }\n");
    };
    CHECK(bare("a star").diagnostics.empty());
    const std::string text = '"' + repeated("star ", 600) + '"';
    const auto missing = bare(text);
    REQUIRE(missing.night);
    REQUIRE(missing.diagnostics.size() == 1);
    CHECK(missing.diagnostics[0].severity == Severity::warning);
    CHECK(missing.diagnostics[0].path == "defaults.model");
    CHECK(missing.diagnostics[0].message.starts_with("the tokenizer of bare cannot be used"));

    fs::copy_file("models/toybox/model_index.json", stage.path() / "bare/model_index.json");
    stage.write("bare/tokenizer/spiece.model", "not a tokenizer");
    const auto broken = bare(text);
    REQUIRE(broken.diagnostics.size() == 1);
    CHECK(broken.diagnostics[0].message.find("spiece.model") != std::string::npos);
}

TEST_CASE("no prompt has more tokens than are allowed for before it is counted", "[preflight]") {
    for (const char* folder : {"models/toybox/tokenizer", "tests/parity/text/umt5/tokenizer"}) {
        const Tokenizer tokenizer(folder);
        for (const std::string prompt : {"",
                                         "x",
                                         "!?,.;:-",
                                         "qzxv qzxv",
                                         "a</s>b<pad>c</s>d",
                                         "\xEF\xB7\xBA\xEF\xB7\xBA",  // U+FDFA: 18 characters
                                         "&#xFDFA;&#xFDFA;",
                                         "&nGt;&nGt;&fjlig;",
                                         "\xF0\x9F\x8C\x99 moon",
                                         "\xE7\x81\xAF\xE5\xA1\x94",
                                         "<b>&amp;amp;</b>  \t tabs"}) {
            CAPTURE(folder, prompt);
            CHECK(tokenizer.reach(clean_prompt(prompt), 512).tokens <= tokens_at_most(prompt));
        }
    }
}

TEST_CASE("what is read of a prompt are the tokens that the engine is given", "[preflight]") {
    const Tokenizer tokenizer("tests/parity/text/umt5/tokenizer");
    const std::string prompt = "a lighthouse at dusk, \xE7\x81\xAF\xE5\xA1\x94 </s> rain; and more";
    const std::size_t whole = tokenizer.reach(prompt, 512).tokens;
    REQUIRE(whole == tokenizer.encode(prompt, 512).size());
    for (std::size_t length = 1; length <= whole; ++length) {
        CAPTURE(length);
        const TokenReach reach = tokenizer.reach(prompt, length);
        CHECK(reach.tokens == whole);
        auto read = tokenizer.encode(prompt.substr(0, reach.bytes_read), 512);
        const auto given = tokenizer.encode(prompt, length);
        // The same text alone may be cut into other pieces, never into more than are read.
        CHECK(read.size() <= given.size());
        if (length == whole) CHECK(reach.bytes_read == prompt.size());
    }
}

}  // namespace nightreel

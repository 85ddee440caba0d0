#include "shotspec/night/prompt.h"

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

const std::map<std::string, std::string> cast = {{"mira", "a red star"}, {"otto", "a blue circle"}};

}  // namespace

TEST_CASE("characters are written out, each listed once in order", "[shotspec]") {
    const WrittenPrompt prompt = write_out_prompt("{otto} and {mira}, {otto} again", cast);
    CHECK(prompt.text == "a blue circle and a red star, a blue circle again");
    CHECK(prompt.characters == std::vector<std::string>{"otto", "mira"});
    CHECK(prompt.problems.empty());
}

TEST_CASE("doubled braces are braces", "[shotspec]") {
    CHECK(write_out_prompt("a {{mira}} sign", cast).text == "a {mira} sign");
    CHECK(write_out_prompt("{{{mira}}}", cast).text == "{a red star}");
}

TEST_CASE("an unknown character is named with the nearest known one", "[shotspec]") {
    const WrittenPrompt prompt = write_out_prompt("{mria} jumps", cast);
    REQUIRE(prompt.problems.size() == 1);
    CHECK(prompt.problems[0] == "{mria} is not a character of the show; did you mean mira?");
}

TEST_CASE("a lone brace, nothing at all and too much are problems", "[shotspec]") {
    for (const char* text : {"{", "}", "a { b", "{mira", "a } b", "", "  \n "}) {
        INFO(text);
        CHECK(write_out_prompt(text, cast).problems.size() == 1);
    }
    CHECK(write_out_prompt(std::string(prompt_bytes_max + 1, 'a'), cast).problems.size() == 1);
}

TEST_CASE("how a prompt is broken into lines changes nothing", "[shotspec]") {
    CHECK(write_out_prompt("  a  star\n\t jumps\r\n", cast).text == "a star jumps");
}

}  // namespace nightreel

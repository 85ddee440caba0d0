#include "pipeline/preflight/text_place.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

// The night as it is written, and where the byte `offset` of its only prompt stands.
Place place_in(const std::string& night, std::size_t offset) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "night.yaml";
    write_file_atomically(file, night);
    const NightDocument document = read_night({file, {}, environment_variable});
    INFO(text_of(document.complaints.sorted()));
    REQUIRE_FALSE(document.complaints.has_errors());
    TextPlaces places(document);
    return places.of("shots[0].prompt", document.night.shots[0].prompt, offset);
}

std::string night_with(const std::string& prompt) {
    return "nightreel: 1\nshow: aurora\nshots:\n  - shot: a\n    frames: 9\n    prompt: " + prompt +
           "\n    seed: 3\n";
}

// Where `word` stands in a text, by counting.
Place place_of_word(const std::string& text, const std::string& word) {
    const std::size_t at = text.find(word);
    REQUIRE(at != std::string::npos);
    Place place;
    for (const char c : text.substr(0, at)) {
        ++place.column;
        if (c != '\n') continue;
        ++place.line;
        place.column = 1;
    }
    return place;
}

}  // namespace

TEST_CASE("a word of a prompt is found in every way of writing it", "[preflight]") {
    const std::vector<std::string> ways = {"a red star jumps",
                                           "a red\n      star\n      jumps",
                                           "\"a red star jumps\"",
                                           "\"a \\\"red\\\" star\\n jumps\"",
                                           "\"a red \\\n      star jumps\"",
                                           "'it''s a red star, jumps'",
                                           ">-\n      a red\n      star jumps\n",
                                           "|\n      a red star\n      jumps\n",
                                           "   a \xC3\xA9t\xC3\xA9 red star jumps"};
    for (const std::string& way : ways) {
        CAPTURE(way);
        const std::string night = night_with(way);
        const TemporaryFolder folder;
        const auto file = folder.path() / "night.yaml";
        write_file_atomically(file, night);
        const NightDocument document = read_night({file, {}, environment_variable});
        const std::string& prompt = document.night.shots[0].prompt;
        for (const std::string word : {"star", "jumps"}) {
            CAPTURE(word);
            const Place found = place_in(night, prompt.find(word));
            const Place wanted = place_of_word(night, word);
            CHECK(found.line == wanted.line);
            CHECK(found.column == wanted.column);
        }
    }
}

TEST_CASE("where a prompt is written in other words, its own place is told", "[preflight]") {
    const std::string escaped = night_with("\"a \\u0072ed star jumps\"");
    const Place whole = place_of_word(escaped, "\"a ");
    const Place found = place_in(escaped, std::string("a red ").size());
    CHECK(found.line == whole.line);
    CHECK(found.column == whole.column);
}

TEST_CASE("a byte order mark is no column", "[preflight]") {
    const std::string night = night_with("a red star jumps");
    const Place found = place_in("\xEF\xBB\xBF" + night, 6);
    const Place wanted = place_of_word(night, "star");
    CHECK(found.line == wanted.line);
    CHECK(found.column == wanted.column);
}

}  // namespace nightreel

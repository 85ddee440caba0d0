#include "shotspec/yaml/remedy.h"

#include <string>

#include <catch2/catch.hpp>

#include "shotspec/yaml/yaml_tree.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

// What is said of a text; "" when nothing is.
std::string said_of(const std::string& text) {
    Complaints complaints;
    const std::uint32_t file = complaints.add_file("a.yaml");
    parse_yaml(text, file, complaints);
    return text_of(complaints.sorted());
}

// The same of one line of a map in a list, which is line 3 with three blanks or more before it.
std::string said_of_line(const std::string& line) {
    return said_of("shots:\n  - shot: a\n    " + line + "\n    frames: 9\n  - shot: b\n");
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("text that begins with a sign of YAML has to be in quotes, and is told where it begins",
          "[shotspec]") {
    for (const std::string value : {"{mira} jumps",
                                    "{mira} and {otto} walk",
                                    "{mira}: jumps",
                                    "[mira] jumps",
                                    "@mira jumps",
                                    "`mira` jumps",
                                    "%mira jumps",
                                    "> mira jumps",
                                    "| mira jumps",
                                    "- mira jumps",
                                    "? mira jumps",
                                    ", mira jumps",
                                    "} mira jumps",
                                    "] mira jumps"}) {
        CAPTURE(value);
        const std::string expected =
            std::string("a value that begins with ") + value[0] + " must be in quotes\n";
        CHECK(said_of_line("prompt: " + value) == "a.yaml:3:13: " + expected);
        // Between braces a comma and a bracket end a value.
        const bool ends_value = value[0] == ',' || value[0] == '}' || value[0] == ']';
        const std::string in_braces = said_of("x: { shot: a, prompt: " + value + ", frames: 9 }\n");
        CHECK((ends_value || contains(in_braces, expected)));
        CHECK(said_of_line("prompt: \"" + value + "\"").empty());
    }
    CHECK(contains(said_of_line("prompt: *mira jumps"), "a.yaml:3:13: no anchor of this name"));
    CHECK(contains(said_of_line("prompt: !mira jumps"), "a.yaml:3:13: YAML tags"));
    CHECK(said_of_line("prompt: &mira jumps") ==
          "a.yaml:3:13: warning: &mira is an anchor, which is not part of the text and which "
          "nothing repeats; put text that begins with & in quotes\n");
    CHECK(contains(said_of_line("prompt: &quot;a star&quot;"), "warning: &quot;a is an anchor"));
    CHECK(contains(said_of_line("prompt: ! a star"), "a.yaml:3:13: YAML tags"));
    CHECK(said_of_line("prompt: &mira jumps\n    negative: *mira").empty());
}

TEST_CASE("a colon in a sentence is told where the sentence begins", "[shotspec]") {
    const std::string expected =
        "a.yaml:3:13: \": \" in a value begins another key; put the value in quotes, or a comma "
        "between keys\n";
    CHECK(said_of_line("prompt: Night: a star jumps") == expected);
    CHECK(said_of_line("prompt: a star jumps, slowly: up") == expected);
    CHECK(said_of_line("prompt: it's: a star") == expected);
    CHECK(said_of_line("prompt: at 12:30 a star jumps").empty());
    CHECK(said_of_line("prompt: 'Night: a star'").empty());
}

TEST_CASE("text behind a closing quote is told with the way to write a quote", "[shotspec]") {
    CHECK(contains(said_of_line("prompt: \"{mira}\" jumps"), "a.yaml:3:13: the value goes on"));
    CHECK(contains(said_of_line("prompt: \"the \"red\" star\""), "write \\\" for a quote"));
    CHECK(contains(said_of_line("prompt: 'it's raining'"), "write '' for an apostrophe"));
    CHECK(said_of_line("prompt: 'it''s raining'").empty());
}

TEST_CASE("a backslash in double quotes is told with both ways out", "[shotspec]") {
    CHECK(said_of_line("image: \"refs\\mira.png\"") ==
          "a.yaml:3:19: in double quotes \\ begins an escape; write / between folders, and single "
          "quotes around other text with \\\n");
    CHECK(contains(said_of_line("image: \"refs\\xylo.png\""), "in double quotes"));
    CHECK(said_of_line("image: refs\\mira.png").empty());
    CHECK(said_of_line("image: 'refs\\mira.png'").empty());
}

TEST_CASE("spaces that are none to YAML are told by their name, not in text", "[shotspec]") {
    const std::string space = "\xC2\xA0";
    const std::string expected =
        "a no-break space (U+00A0) stands where YAML needs a plain space\n";
    CHECK(said_of_line("prompt:" + space + "a star") == "a.yaml:3:12: " + expected);
    CHECK(contains(said_of("shots:\n" + space + space + "- shot: a\n"), "a.yaml:2:1: " + expected));
    CHECK(contains(said_of("shots:\n  -" + space + "shot: a\n"), expected));
    CHECK(contains(said_of_line("prompt: a\n" + space + space + "    seed: 3"), expected));
    CHECK(contains(said_of_line("prompt: a\n  " + space + " seed: 3"), expected));
    CHECK(contains(said_of("\xE3\x80\x80show: a\n"), "(U+3000)"));
    CHECK(contains(said_of("show:\xE2\x80\x8B a\nseed: 1\n"), "(U+200B)"));
    CHECK(contains(said_of_line("prompt\xEF\xBC\x9A a"), "a.yaml:3:11: a full-width colon"));
    CHECK(said_of_line("prompt: a" + space + "star\xE3\x80\x80jumps").empty());
}

TEST_CASE("the line that is at fault is told, although the next one is met first", "[shotspec]") {
    CHECK(said_of_line("prompt:a star") == "a.yaml:3:11: a space is missing behind ':'\n");
    CHECK(
        contains(said_of_line("prompt: a #1\n      star"), "a.yaml:3:15: \" #\" begins a comment"));
    CHECK(contains(said_of("shots:\n  - { shot: a, prompt: it is #3, frames: 9 }\n  - b\n"),
                   "a.yaml:2:30: \" #\" begins a comment"));
    CHECK(contains(said_of("shots:\n  - { shot: a, frames: 9\n  - { shot: b }\n"),
                   "a.yaml:2:5: this { is not closed"));
    CHECK(
        contains(said_of_line("prompt: a\n      seed: 3"), "a.yaml:4:7: is indented like no key"));
}

TEST_CASE("slips of other languages and missing signs are told on their own line", "[shotspec]") {
    const std::string no_colon =
        "there is no ':' behind the key; a line that continues the value above must be indented "
        "more than its key\n";
    CHECK(said_of_line("prompt \"a star\"") == "a.yaml:3:5: " + no_colon);
    CHECK(said_of("show: a\nshots\n  - { shot: a }\n") == "a.yaml:2:1: " + no_colon);
    CHECK(said_of_line("prompt: a star that\n    jumps") == "a.yaml:4:5: " + no_colon);
    CHECK(said_of_line("prompt: a star that\n      jumps").empty());
    CHECK(said_of("show = aurora\nseed: 1\n") ==
          "a.yaml:1:6: a key and its value are separated by ': ', not by =\n");
    CHECK(said_of("// a night\nseed: 1\n") == "a.yaml:1:1: a comment begins with #\n");
    CHECK(contains(said_of("```yaml\nseed: 1\n```\n"), "a.yaml:1:1: ``` is of Markdown"));
    CHECK(contains(said_of("seed: 1\n```\n"), "``` is of Markdown"));
    CHECK(said_of("shots:\n  - { shot: a }]\n") ==
          "a.yaml:2:16: this ] closes nothing; remove it\n");
    CHECK(said_of("shots:\n  - { shot: a }\n]\n") ==
          "a.yaml:3:1: this ] closes nothing; remove it\n");
    CHECK(said_of("shots: [\n  { shot: a }\n]\n").empty());
    CHECK(said_of("shots:\n  -shot: a\n   seed: 1\n") ==
          "a.yaml:2:3: a space is missing behind '-'\n");
    for (const std::string bullet : {"\xE2\x80\x93", "\xE2\x80\xA2"}) {
        CHECK(contains(said_of("shots:\n  " + bullet + " shot: a\n    seed: 1\n"),
                       "a.yaml:2:3: an item of a list begins with a hyphen"));
    }
    CHECK(said_of_line("prompt: \"a star\",") ==
          "a.yaml:3:21: remove the , at the end of the line\n");
    CHECK(said_of_line("prompt: 'a star';  ") ==
          "a.yaml:3:21: remove the ; at the end of the line\n");
    CHECK(said_of("show: a\rseed: 1\r") ==
          "a.yaml:1:1: its lines end with CR alone, as on old Macs; save the file with LF line "
          "ends\n");
}

TEST_CASE("a file that is no text is told by its kind, once", "[shotspec]") {
    CHECK(said_of("\x89PNG\r\n\x1a\n and more") ==
          "a.yaml:1:1: is a PNG picture, not a YAML file\n");
    CHECK(said_of(std::string("\x10\0\0\0\0\0\0\0{\"a\": {}}", 17)) ==
          "a.yaml:1:1: is a safetensors file, not a YAML file\n");
}

TEST_CASE("control characters are refused, written as such or as escapes", "[shotspec]") {
    for (const char* escape : {"\\0", "\\x07", "\\e", "\\x7f"}) {
        CAPTURE(escape);
        CHECK(contains(said_of_line(std::string("prompt: \"a ") + escape + " star\""),
                       "a.yaml:3:13: an escape means the control character 0x"));
    }
    CHECK(said_of_line("prompt: \"a\\tstar\\n\"").empty());
}

TEST_CASE("a key that stands twice is told with its whole path", "[shotspec]") {
    CHECK(said_of("a: 1\nshots:\n  - b: 1\n  - c: { d: 1, d: 2 }\n") ==
          "a.yaml:4:16: shots[1].c.d: duplicate key, first on line 4\n");
    CHECK(contains(said_of("a: 1\na: 2\n"), "a.yaml:2:1: a: duplicate key"));
}

TEST_CASE("what was left out of a text is warned of", "[shotspec]") {
    const auto warnings = [](const std::string& prompt) {
        const CheckedNight checked =
            check_text(night_head + "  - shot: a\n    prompt: " + prompt + "\n    frames: 9\n");
        CHECK(checked.night);
        return complaints_of(checked);
    };
    CHECK(warnings("a star #3 of 5") ==
          "night.yaml:9:20: warning: shots[0].prompt: \" #\" begins a comment, which is not part "
          "of the text; put the text in quotes\n");
    CHECK(contains(warnings("a star\n      jumps # high"), "night.yaml:10:13: warning"));
    CHECK(contains(warnings("\xC3\xA9toile # high"), "night.yaml:9:21: warning"));
    CHECK(warnings("\"a star #3\" # a remark").empty());
    CHECK(warnings("a star#3").empty());
    CHECK(warnings("|\n      a star #3\n      jumps").empty());
    CHECK(contains(warnings("\xE2\x80\x9C{mira} jumps\xE2\x80\x9D"),
                   "warning: shots[0].prompt: typogr"));
    CHECK(warnings("\"\xE2\x80\x9Cjump\xE2\x80\x9D\"").empty());
    CHECK(warnings("\xE2\x80\x9CJump\xE2\x80\x9D says {mira} loudly").empty());
}

TEST_CASE("a value that YAML took for something else is told with its remedy", "[shotspec]") {
    const auto complaints = [](const std::string& lines) {
        return complaints_of(check_text(night_head + lines));
    };
    CHECK(contains(complaints("  - shot: a\n    prompt: {mira}\n    frames: 9\n"),
                   "expected a text, not a map; put text that begins with { in quotes"));
    CHECK(contains(complaints("  - shot: a\n    prompt: #3 jumps\n    frames: 9\n"),
                   "expected a text, not an empty value; put text that begins with # in quotes"));
    CHECK(contains(complaints("  - { shot: a, prompt: a star, red, frames: 9 }\n"),
                   "shots[0].red: unknown key; a comma ends a value between { and }"));
    CHECK(contains(complaints("  - { shot: a, prompt: x, frames:9 }\n"),
                   "shots[0].frames:9: unknown key; did you mean frames?; a space is missing"));
    CHECK(contains(complaints("  - { shot: a, prompt: x, frames: \xE2\x80\x9C"
                              "9\xE2\x80\x9D }\n"),
                   "use straight ones"));
    const std::string path = complaints(
        "  - shot: a\n    prompt: x\n    frames: 9\n    keys: [{ at: 0s, image: "
        "\"refs\\new.png\" }]\n");
    CHECK(contains(path, "keys[0].image: has \\n in it: in double quotes"));
    CHECK_FALSE(contains(path, "no such file"));
}

}  // namespace nightreel

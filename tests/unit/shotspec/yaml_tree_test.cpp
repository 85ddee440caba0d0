#include "shotspec/yaml/yaml_tree.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/yaml/text_encoding.h"

namespace nightreel {
namespace {

struct Parsed {
    YamlNode root;
    std::vector<Diagnostic> diagnostics;
};

Parsed parse(std::string_view text) {
    Complaints complaints;
    const std::uint32_t file = complaints.add_file("a.yaml");
    YamlNode root = parse_yaml(text, file, complaints);
    return {std::move(root), complaints.sorted()};
}

std::string first_complaint(std::string_view text) {
    const Parsed parsed = parse(text);
    return parsed.diagnostics.empty() ? "" : text_of(parsed.diagnostics.front());
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("every value knows the line and column it was written at", "[shotspec]") {
    const Parsed parsed = parse("a: 1\nb:\n  - x\n  - {c: \"y\"}\n");
    REQUIRE(parsed.diagnostics.empty());
    CHECK(parsed.root.find("a")->place == Place{0, 1, 4});
    const YamlNode& list = *parsed.root.find("b");
    CHECK(list.items.at(0).place == Place{0, 3, 5});
    CHECK(list.items.at(1).place == Place{0, 4, 5});
    CHECK(list.items.at(1).entries.at(0).place == Place{0, 4, 6});
    CHECK(list.items.at(1).find("c")->place == Place{0, 4, 9});
    CHECK(list.items.at(1).find("c")->quoted);
    CHECK_FALSE(parsed.root.find("a")->quoted);
}

TEST_CASE("a key that stands twice is told, and the first holds", "[shotspec]") {
    const Parsed parsed = parse("a: 1\nb: 2\na: 3\n");
    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK(text_of(parsed.diagnostics[0]) == "a.yaml:3:1: a: duplicate key, first on line 1");
    CHECK(parsed.root.find("a")->scalar == "1");
}

TEST_CASE("bytes that are no text are told with their place", "[shotspec]") {
    CHECK(first_complaint("a: 1\nb: \xC3(\n") ==
          "a.yaml:2:4: byte 0xC3 is not UTF-8; save the file as UTF-8");
    CHECK(first_complaint(std::string_view("a: \0b\n", 6)) ==
          "a.yaml:1:4: a NUL byte; this is not a text file");
    CHECK(first_complaint("\xFF\xFE"
                          "a") == "a.yaml:1:1: is UTF-16; save the file as UTF-8");
    CHECK(first_complaint("a: \x07\n") == "a.yaml:1:4: control character 0x07 is not allowed");
    CHECK(first_complaint("a:\n\tb: 1\n") ==
          "a.yaml:2:1: a tab character; YAML is indented with spaces");
    CHECK(first_complaint("a: \xC3\xA4\xE2\x82\xAC\xF0\x9F\x8E\xAC # \tok\n").empty());
    CHECK(first_complaint("\xEF\xBB\xBF"
                          "a: 1\n")
              .empty());
}

TEST_CASE("syntax errors keep their place and leave no tree", "[shotspec]") {
    for (const char* text : {"a: [1, 2\n",
                             "a: \"x\n",
                             "a: b: c\n",
                             "{",
                             "a: *nobody\n",

                             "a: 1\n b: 2\n",
                             "]"}) {
        INFO(text);
        const Parsed parsed = parse(text);
        REQUIRE(parsed.diagnostics.size() == 1);
        CHECK(parsed.root.kind == YamlNode::Kind::nothing);
    }
}

TEST_CASE("aliases repeat what they name", "[shotspec]") {
    const Parsed parsed = parse("a: &x {b: 1}\nc: *x\n");
    REQUIRE(parsed.diagnostics.empty());
    CHECK(parsed.root.find("c")->find("b")->scalar == "1");
}

TEST_CASE("aliases cannot make a small file large", "[shotspec]") {
    std::string values = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 10; ++i) {
        values +=
            fmt::format("a{0}: &a{0} [", i) + repeated(fmt::format("*a{},", i - 1), 9) + "x]\n";
    }
    CHECK(first_complaint(values).find("more than 400000 values") != std::string::npos);
    const std::string text =
        "a: &a \"" + std::string(1'000'000, 'x') + "\"\nb: [" + repeated("*a,", 100) + "x]\n";
    CHECK(first_complaint(text).find("more than 400000 values") != std::string::npos);
    CHECK_FALSE(first_complaint("a: &a [*a]\n").empty());
}

TEST_CASE("depth is limited, through aliases as well", "[shotspec]") {
    CHECK(first_complaint(repeated("[", 31) + repeated("]", 31)).empty());
    CHECK(first_complaint(repeated("[", 100'000)).find("deeper than 32 levels") !=
          std::string::npos);
    std::string chain = "a0: &a0 " + repeated("[", 20) + "x" + repeated("]", 20) + "\n";
    chain += "a1: &a1 " + repeated("[", 20) + "*a0" + repeated("]", 20) + "\n";
    CHECK(first_complaint(chain).find("deeper than 32 levels") != std::string::npos);
}

TEST_CASE("a file that is too large is refused with its limit", "[shotspec]") {
    const std::string complaint = first_complaint(std::string(10'000'000, '#'));
    CHECK(complaint == "a.yaml:1:1: the file has 10000000 bytes: the limit is 4194304");
}

TEST_CASE("tags, odd keys and second documents are told", "[shotspec]") {
    CHECK(first_complaint("a: !!int 1\n") ==
          "a.yaml:1:4: YAML tags (!...) are not used here; put text that begins with ! in quotes");
    CHECK(first_complaint("? [a]\n: 1\n") == "a.yaml:1:3: expected a word as the key, not a list");
    CHECK(first_complaint("a: 1\n---\nb: 2\n") ==
          "a.yaml:3:1: a second document begins here; one file holds one document");
    CHECK(first_complaint("---\na: 1\n...\n").empty());
}

TEST_CASE("complaints are sorted, listed once, and end with what was left out", "[shotspec]") {
    Complaints complaints;
    complaints.add_file("a.yaml");
    complaints.add({0, 2, 1}, "b", "wrong");
    complaints.add({0, 1, 1}, "a", "wrong");
    complaints.add({0, 2, 1}, "b", "wrong");
    CHECK(text_of(complaints.sorted()) == "a.yaml:1:1: a: wrong\na.yaml:2:1: b: wrong\n");
    for (int i = 0; i < 1000; ++i) complaints.add({0, 3 + i, 1}, "c", "wrong");
    const auto sorted = complaints.sorted();
    CHECK(sorted.size() == diagnostics_max + 1);
    CHECK(sorted.back().message == "and more: only the first 200 problems are listed");
}

}  // namespace nightreel

#include "shotspec/base/plain_text.h"

#include <catch2/catch.hpp>

#include "shotspec/base/utf8.h"

namespace nightreel {

TEST_CASE("what a terminal would obey is taken out of a text, and nothing else", "[base]") {
    CHECK(plain_line("\x1b]0;title\x07 w0", 100) == "]0;title w0");
    CHECK(plain_line("a\tb\nc\r", 100) == "a b c");
    CHECK(plain_text("a\tb\nc\r\x7f", 100) == "a\tb\nc");
    // C1: CSI as one character, in UTF-8
    CHECK(plain_text("x\xc2\x9b"
                     "31my",
                     100) == "x31my");
    CHECK(plain_text("\xc2\xa0\xe2\x82\xac \xc3\xa4", 100) == "\xc2\xa0\xe2\x82\xac \xc3\xa4");
    CHECK(plain_tail("one\ntwo\x1b[2J", 7) == "two[2J");
    CHECK(plain_text(std::string(1'000, '\x01') + "end", 2'000) == "end");
    CHECK(is_utf8(plain_text("\xe2\x82\xac\xff\x80", 5)));
    CHECK(plain_same_length("a\r\n\x1b[\xc2\x9b\xff.") == "a \n [  ?.");

    CHECK(has_control_characters("a\nb"));
    CHECK(has_control_characters("\xc2\x85"));
    CHECK_FALSE(has_control_characters("sh0010.take01 \xc3\xa9"));
}

}  // namespace nightreel

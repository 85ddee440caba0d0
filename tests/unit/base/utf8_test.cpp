#include "shotspec/base/utf8.h"

#include <catch2/catch.hpp>

namespace nightreel {

TEST_CASE("text is UTF-8 exactly when RFC 3629 says so", "[base]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain"));
    CHECK(is_utf8("Gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\xac"));
    CHECK_FALSE(is_utf8("\xff"));
    CHECK_FALSE(is_utf8("\xc3"));              // cut off
    CHECK_FALSE(is_utf8("\xc0\xaf"));          // longer than needed
    CHECK_FALSE(is_utf8("\xe0\x80\xaf"));      // longer than needed
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // beyond the last character
    CHECK_FALSE(is_utf8("\x80"));
}

TEST_CASE("overlong forms, surrogates and what lies beyond Unicode are not UTF-8", "[base]") {
    for (const char* bytes : {"\xC0\x80",
                              "\xE0\x80\x80",
                              "\xED\xA0\x80",
                              "\xF4\x90\x80\x80",
                              "\xF8\x88",
                              "\x80",
                              "\xE2\x82"}) {
        CHECK(utf8_sequence_bytes(bytes) == 0);
    }
    CHECK(utf8_sequence_bytes("a") == 1);
    CHECK(utf8_sequence_bytes("\xF4\x8F\xBF\xBF") == 4);
}

TEST_CASE("a cut text is never longer than asked and always UTF-8", "[base]") {
    const std::string text = "a\xe2\x82\xac\xff\xe2\x82\xac z";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string head = utf8_head(text, size);
        const std::string tail = utf8_tail(text, size);
        CHECK(is_utf8(head));
        CHECK(is_utf8(tail));
        CHECK(head.size() <= size);
        CHECK(tail.size() <= size);
    }
    CHECK(utf8_tail(text, 100) == "a\xe2\x82\xac?\xe2\x82\xac z");
    CHECK(utf8_tail(text, 2) == " z");
    CHECK(utf8_head(text, 3) == "a");
}

}  // namespace nightreel

#include "pipeline/model/text/prompt_cleaning.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/model/text/html_text.h"
#include "pipeline/model/text/mojibake.h"
#include "pipeline/model/text/unicode_text.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

struct Cleaning {
    std::string given;
    std::string cleaned;
};

}  // namespace

TEST_CASE("prompts are cleaned as the reference pipelines clean them", "[prompt]") {
    // Each pair was computed with ftfy 6.3.1 and html.unescape of Python.
    const std::vector<Cleaning> pairs = {
        {"schÃ¶n und groÃŸ, cafÃ© at night", "schön und groß, café at night"},
        {"voilÃ  le travail, Ã la mode", "voilà le travail, à la mode"},
        {"â€œsmart quotesâ€\u009d and â€“ dashes", "\"smart quotes\" and – dashes"},
        {"a â€œlost byteâ€\ufffd here", "a \"lost byte� here"},
        {"ÐšÐ¾ÑˆÐºÐ°", "Кошка"},
        {"P&EACUTE;REZ &amp;amp; BUNDESSTRA&SZLIG;E", "PÉREZ & BUNDESSTRASSE"},
        {"<b> &amp;eacute; &notit;", "<b> é ¬it;"},
        {"ＦＵＬＬ　ﬁlm ｶﾀｶﾅ ｳﾞ", "FULL film カタカナ ヴ"},
        {"cafe\u0301 \u001b[31;1mred\u001b[0m\r\nnext\u2028line\ufeff", "café red next line"},
        {"‘n’ “q”", "'n' \"q\""},
        {"Ångström Åland naïve ÎLE", "Ångström Åland naïve ÎLE"},
        {"", ""},
        {" \n\t\u3000", ""},
    };
    for (const Cleaning& pair : pairs) {
        CAPTURE(pair.given);
        REQUIRE(clean_prompt(pair.given) == pair.cleaned);
    }
}

TEST_CASE("a cleaned prompt is not changed by cleaning it again", "[prompt]") {
    for (const char* prompt : {"A cat walks.", "schÃ¶n", "一只猫，电影感", "½ ™"}) {
        const std::string once = clean_prompt(prompt);
        REQUIRE(clean_prompt(once) == once);
    }
}

TEST_CASE("text that was misread twice is read back twice", "[prompt]") {
    REQUIRE(clean_prompt("cafÃƒÂ©") == "café");
}

TEST_CASE("ordinary accents do not look misread", "[prompt]") {
    for (const char* text : {"Une façade à Noël", "Smörgåsbord", "¿Qué tal?", "24 °C"}) {
        CAPTURE(text);
        REQUIRE_FALSE(looks_misread(*from_utf8(text)));
    }
}

TEST_CASE("character references are read as browsers read them", "[prompt]") {
    const auto plain = [](const char32_t* text) { return to_utf8(unescape_html(text)); };
    REQUIRE(plain(U"&lt;&#233;&#xE9;&#x1F3AC;&eacute&amp;") == "<éé🎬é&");
    REQUIRE(plain(U"&#128;&#0;&#xD800;&#1114112;&#1;") == "€\ufffd\ufffd\ufffd");
    REQUIRE(plain(U"&#; &; &nothing; & &#99999999999999999999;") == "&#; &; ¬hing; & \ufffd");
}

TEST_CASE("bytes that are no UTF-8 are refused", "[prompt]") {
    for (const char* bytes : {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
        REQUIRE_THROWS_AS(clean_prompt(bytes), Error);
    }
}

}  // namespace nightreel

#include "shotspec/base/hex.h"

#include <array>

#include <catch2/catch.hpp>

namespace nightreel {

TEST_CASE("bytes written as digits are read back", "[base]") {
    std::array<std::uint8_t, 256> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
    const std::string text = hex_of(bytes);
    CHECK(text.substr(0, 6) == "000102");
    CHECK(text.substr(506) == "fdfeff");
    std::array<std::uint8_t, 256> back{};
    REQUIRE(read_hex(text, back));
    CHECK(back == bytes);
    CHECK(hex_of({}).empty());
}

TEST_CASE("a value has one hexadecimal name", "[base]") {
    std::array<std::uint8_t, 2> bytes{};
    CHECK(read_hex("00ff", bytes));
    for (const char* text : {"", "00f", "00fff", "00FF", "0xff", " 0ff", "00fg", "g0ff", "-0ff"}) {
        CHECK_FALSE(read_hex(text, bytes));
    }
}

}  // namespace nightreel

// A right night with bytes and words changed at random: whatever comes of it, it is either a night
// or a list of complaints with places inside the file.

#include <algorithm>
#include <array>
#include <string>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/base/random.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

// Numbers of one mutation: the same seed makes the same ones.
class Dice {
  public:
    explicit Dice(std::uint32_t seed) : seed_(seed) {}

    std::size_t below(std::size_t count) {
        return philox4x32({turn_++, 0, 0, 0}, {seed_, 7})[0] % count;
    }

  private:
    std::uint32_t seed_;
    std::uint32_t turn_ = 0;
};

const auto scraps = std::to_array<std::string>({"\t",
                                                "\n",
                                                ":",
                                                "- ",
                                                "{",
                                                "}",
                                                "[",
                                                "]",
                                                "&a ",
                                                "*a",
                                                "\"",
                                                "'",
                                                "#",
                                                "|\n",
                                                ">",
                                                "!",
                                                "%",
                                                "${",
                                                "$${",
                                                "---\n",
                                                "...\n",
                                                std::string(1, '\0'),
                                                "\xFF",
                                                "\xC3",
                                                "\xE2\x82\xAC",
                                                "-1",
                                                "0",
                                                "1e999",
                                                "18446744073709551616",
                                                "-9223372036854775809",
                                                "nan",
                                                "~",
                                                "8s",
                                                "8m",
                                                "96x64",
                                                "<<",
                                                "include: [night.yaml]\n",
                                                "storyboard: 1\n",
                                                "{mira}",
                                                "0x10",
                                                ".inf",
                                                "? ",
                                                "@",
                                                "`",
                                                "99999999999999999999s",
                                                "99999999999999999999f",
                                                "2147483648x2147483648"});

void mutate(std::string& text, Dice& dice) {
    const std::size_t at = dice.below(text.size() + 1);
    switch (dice.below(5)) {
        case 0:
            text.insert(at, scraps[dice.below(scraps.size())]);
            return;
        case 1:
            text.erase(at, dice.below(20));
            return;
        case 2:
            if (at < text.size()) text[at] = static_cast<char>(dice.below(256));
            return;
        case 3: {
            const std::string piece = text.substr(dice.below(text.size() + 1), dice.below(60));
            text.insert(at, piece);
            return;
        }
        default:
            text.replace(at, dice.below(8), scraps[dice.below(scraps.size())]);
            return;
    }
}

}  // namespace

TEST_CASE("no mutation of a night crashes or is told outside the file", "[shotspec]") {
    const std::string original = read_file("examples/01_first_shot/night.yaml");
    constexpr std::uint32_t mutations = 4000;
    int accepted = 0;
    for (std::uint32_t seed = 1; seed <= mutations; ++seed) {
        Dice dice(seed);
        std::string text = original;
        for (std::size_t i = 0, count = 1 + dice.below(6); i < count; ++i) mutate(text, dice);
        const CheckedNight checked =
            check_text(text, {{"HOME", "/home"}}, "examples/01_first_shot/night.yaml");
        INFO("seed " << seed);
        REQUIRE(checked.night.has_value() == !has_errors(checked.diagnostics));
        const auto lines = std::count(text.begin(), text.end(), '\n') + 2;
        for (const Diagnostic& diagnostic : checked.diagnostics) {
            if (diagnostic.file != "examples/01_first_shot/night.yaml") continue;
            REQUIRE(diagnostic.line >= 1);
            REQUIRE(diagnostic.line <= lines);
            REQUIRE(diagnostic.column >= 1);
            REQUIRE_FALSE(diagnostic.message.empty());
        }
        accepted += checked.night.has_value() ? 1 : 0;
    }
    // Both ways are walked, else the test would prove nothing.
    CHECK(accepted > 50);
    CHECK(accepted < 3500);
}

}  // namespace nightreel

#include "shotspec/describe/text_form.h"

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

template <class T>
void comes_back(const std::string& word) {
    INFO(word);
    const auto value = TextForm<T>::read(word);
    REQUIRE(value);
    CHECK(TextForm<T>::write(*value) == word);
}

template <class T>
void is_refused(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        INFO(word);
        CHECK_FALSE(TextForm<T>::read(word));
    }
}

}  // namespace

TEST_CASE("what a form writes is what it reads", "[shotspec]") {
    for (const char* word : {"8s", "2.5s", "0.000001s", "1000000s", "192f"}) {
        comes_back<Length>(word);
    }
    for (const char* word : {"96x64", "1280x720"}) comes_back<PictureSize>(word);
    for (const char* word : {"12", "24000/1001"}) comes_back<FrameRate>(word);
    comes_back<FrameRange>("1001-1192");
    for (const char* word : {"12GiB", "512MiB", "4GB", "7B", "1TiB"}) comes_back<ByteCount>(word);
    for (const char* word : {"250ms", "60s", "90s", "15min", "4h", "7d"}) {
        if (std::string(word) == "60s") {
            CHECK(TextForm<Millis>::read(word) == Millis(60'000));
        } else {
            comes_back<Millis>(word);
        }
    }
}

TEST_CASE("a rate with decimals that are zero is whole", "[shotspec]") {
    CHECK(TextForm<FrameRate>::read("12.0") == FrameRate{12, 1});
    CHECK(TextForm<FrameRate>::read("24.000") == FrameRate{24, 1});
    is_refused<FrameRate>({"24.", ".0", "0.0", "24.01", "24.0/1", "24/1.0", "1000001.0"});
}

TEST_CASE("a decimal rate is told with its fraction, which is a rate", "[shotspec]") {
    for (const auto& [word, fraction] :
         std::vector<std::pair<std::string, std::string>>{{"23.976", "24000/1001"},
                                                          {"23.98", "24000/1001"},
                                                          {"23.97", "24000/1001"},
                                                          {"23,976", "24000/1001"},
                                                          {"29.97", "30000/1001"},
                                                          {"47.952", "48000/1001"},
                                                          {"47.95", "48000/1001"},
                                                          {"59.94", "60000/1001"},
                                                          {"119.88", "120000/1001"},
                                                          {"11.988", "12000/1001"}}) {
        CHECK(TextForm<FrameRate>::remedy(word) == word + " is not exact: write " + fraction);
        CHECK(TextForm<FrameRate>::read(fraction));
    }
    CHECK(TextForm<FrameRate>::remedy("12.5") == "12.5 is no whole number: write 25/2");
    CHECK(TextForm<FrameRate>::remedy("24 fps") == "24 fps has a unit: write 24");
    CHECK(TextForm<FrameRate>::remedy("23.976fps") == "23.976 is not exact: write 24000/1001");
    for (const char* const word : {"", "fast", "0", "0.0", "-24", "1e3", "99999999999.5", "."}) {
        CAPTURE(word);
        CHECK(TextForm<FrameRate>::remedy(word).empty());
    }
}

TEST_CASE("what people write for a length, a size or a range is told with the form", "[shotspec]") {
    CHECK(TextForm<Length>::remedy("8") == "8 has no unit: write 8s (seconds) or 8f (frames)");
    CHECK(TextForm<Length>::remedy("2.5") == "2.5 has no unit: write 2.5s for seconds");
    CHECK(TextForm<Length>::remedy("8 seconds") == "8 seconds is no length: write 8s");
    CHECK(TextForm<Length>::remedy("96 frames") == "96 frames is no length: write 96f");
    CHECK(TextForm<Length>::remedy("8m").empty());
    CHECK(TextForm<Length>::remedy("").empty());
    for (const char* const word : {"96*64",
                                   "96 x 64",
                                   "96X64",
                                   "96,64",
                                   "96\xC3\x97"
                                   "64"}) {
        CAPTURE(word);
        CHECK(TextForm<PictureSize>::remedy(word) ==
              std::string(word) + " is no size: write 96x64");
    }
    for (const char* const word : {"1001..1096",
                                   "1001 - 1096",
                                   "1001:1096",
                                   "1001\xE2\x80\x93"
                                   "1096",
                                   "1001 to 1096"}) {
        CAPTURE(word);
        CHECK(TextForm<FrameRange>::remedy(word) ==
              std::string(word) + " is no range: write 1001-1096");
    }
    CHECK(TextForm<FrameRange>::remedy("1096-1001") ==
          "1096-1001 ends before it begins: write 1001-1096");
    CHECK(TextForm<FrameRange>::remedy("1001").empty());
}

TEST_CASE("a value without its unit, or with another, is no value", "[shotspec]") {
    is_refused<Length>({"8",
                        "s",
                        "",
                        "8m",
                        "-8s",
                        "8 s",
                        "+8f",
                        "1.f",
                        "1.5f",
                        "0.0000001s",
                        "1000001s",
                        "99999999999999999999s",
                        "1e3s",
                        ".5s"});
    is_refused<PictureSize>(
        {"96", "96x", "x64", "96*64", "0x64", "-96x64", "96x64x3", "96 x 64", "99999999999x64"});
    is_refused<FrameRate>({"0", "24/0", "-24", "23.976", "24fps", "24/", "1000001", ""});
    is_refused<FrameRange>({"1192-1001", "1001", "-5-10", "1001-", "a-b", "1-2-3"});
    is_refused<ByteCount>({"12", "12gib", "GiB", "-1GiB", "9999999999GiB", "1.5GiB"});
    is_refused<Millis>({"60", "s", "1.5h", "-1s", "9999999999999999d"});
    is_refused<Digest>(
        {"", "abc", std::string(63, 'a'), std::string(64, 'A'), std::string(64, 'g')});
}

TEST_CASE("lengths keep their unit and their decimals exactly", "[shotspec]") {
    CHECK(TextForm<Length>::read("2.5s") == Length{LengthUnit::microseconds, 2'500'000});
    CHECK(TextForm<Length>::read("192f") == Length{LengthUnit::frames, 192});
    CHECK(TextForm<ByteCount>::read("2KiB") == ByteCount{2048});
    CHECK(TextForm<ByteCount>::read("2KB") == ByteCount{2000});
}

}  // namespace nightreel

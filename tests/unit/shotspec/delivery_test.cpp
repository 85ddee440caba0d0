// How a night asks for frames and movies, and what profiles say of them.

#include <filesystem>

#include <catch2/catch.hpp>

#include "shotspec/delivery/delivery_profile.h"
#include "shotspec/describe/canonical_text.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

std::string text_of_shot(const std::string& line) {
    return canonical_text(resolved_shot("frames: 17\n" + line));
}

}  // namespace

TEST_CASE("a shot that asks for what is usual anyway is the same shot", "[delivery]") {
    const std::string usual = text_of_shot("");
    REQUIRE(usual == text_of_shot("exr: {compression: piz}\n"));
    REQUIRE(usual == text_of_shot("exr: {colour: lin_rec709}\n"));
    REQUIRE(usual == text_of_shot("movies: [h264]\n"));
}

TEST_CASE("compression, colour, owner and movies are part of a shot", "[delivery]") {
    const std::string usual = text_of_shot("");
    REQUIRE(usual != text_of_shot("exr: {compression: zip}\n"));
    REQUIRE(usual != text_of_shot("exr: {colour: acescg}\n"));
    REQUIRE(usual != text_of_shot("exr: {owner: Night Shift}\n"));
    const ResolvedShot shot = resolved_shot("frames: 17\nmovies: [prores, h264, h265]\n");
    REQUIRE(shot.movies == std::vector<MovieFormat>{MovieFormat::h265, MovieFormat::prores});
    REQUIRE(canonical_text(shot) == text_of_shot("movies: [h264, h265, prores]\n"));
}

TEST_CASE("what cannot be delivered is refused at its place", "[delivery]") {
    const auto refused = [](const std::string& lines, const char* words) {
        CAPTURE(lines);
        REQUIRE_THAT(complaints_of(check_shot("frames: 17\n" + lines)), Catch::Contains(words));
    };
    refused("movies: [prores]\n", "h264 is missing");
    refused("movies: []\n", "h264 is missing");
    refused("movies: [h264, prores, prores]\n", "given twice");
    refused("movies: [h264, avi]\n", "avi");
    refused("exr: {owner: \"\"}\n", "one line of 1 to 200 bytes");
    refused("exr: {owner: \"two\\nlines\"}\n", "one line of 1 to 200 bytes");
    refused("exr: {colour: srgb}\n", "srgb");
    refused("exr: {compression: dwaa}\n", "lossy");
}

TEST_CASE("every profile that comes along can be read", "[delivery]") {
    int profiles = 0;
    for (const auto& entry : std::filesystem::directory_iterator("farm_configs/delivery")) {
        Complaints complaints;
        const DeliveryProfile profile = read_delivery_profile(entry.path(), complaints);
        CAPTURE(entry.path().string(), text_of(complaints.sorted()));
        REQUIRE(complaints.sorted().empty());
        REQUIRE_FALSE(profile.meaning.empty());
        ++profiles;
    }
    REQUIRE(profiles == 3);
}

}  // namespace nightreel

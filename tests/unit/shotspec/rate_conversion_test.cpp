// Frames of a model of one rate for a show of another.

#include "shotspec/night/rate_conversion.h"

#include <vector>

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

const std::vector<FrameRate> rates{
    {12, 1}, {15, 1}, {16, 1}, {24000, 1001}, {24, 1}, {25, 1}, {30, 1}, {60000, 1001}};

std::vector<RateChange> all_changes() {
    std::vector<RateChange> changes;
    for (const RateConversion conversion :
         {RateConversion::conform, RateConversion::hold, RateConversion::blend}) {
        for (const FrameRate& made : rates) {
            for (const FrameRate& delivered : rates) {
                changes.push_back({conversion, made, delivered});
            }
        }
    }
    return changes;
}

double seconds_of(std::int64_t frame, const FrameRate& rate) {
    return static_cast<double>(frame) * rate.denominator / rate.numerator;
}

}  // namespace

TEST_CASE("every delivered frame has its sources, and the model makes none in vain", "[rates]") {
    for (const RateChange& change : all_changes()) {
        for (const std::int64_t delivered : {1, 2, 3, 24, 25, 97, 1000, 100'000}) {
            const std::int64_t made = frames_made_for(delivered, change);
            const FrameSource last = source_of(delivered - 1, change);
            CHECK(last.first + (last.part > 0 ? 1 : 0) == made - 1);
        }
    }
}

TEST_CASE("conform is one to one", "[rates]") {
    const RateChange change{RateConversion::conform, {16, 1}, {24, 1}};
    CHECK(frames_made_for(97, change) == 97);
    CHECK(source_of(41, change) == FrameSource{41, 0, 1});
    CHECK(first_showing(41, change) == 41);
}

TEST_CASE("a held frame is the last one that was due", "[rates]") {
    for (const RateChange& change : all_changes()) {
        if (change.conversion != RateConversion::hold) continue;
        for (std::int64_t frame = 0; frame < 500; ++frame) {
            const FrameSource source = source_of(frame, change);
            const double now = seconds_of(frame, change.delivered);
            CHECK(source.part == 0);
            CHECK(seconds_of(source.first, change.made) <= now + 1e-9);
            CHECK(seconds_of(source.first + 1, change.made) > now - 1e-9);
        }
    }
}

TEST_CASE("a mixed frame stands at its time", "[rates]") {
    for (const RateChange& change : all_changes()) {
        if (change.conversion != RateConversion::blend) continue;
        for (std::int64_t frame = 0; frame < 500; ++frame) {
            const FrameSource source = source_of(frame, change);
            CHECK(source.part >= 0);
            CHECK(source.part < source.whole);
            const double share =
                static_cast<double>(source.part) / static_cast<double>(source.whole);
            const double before = seconds_of(source.first, change.made);
            const double after = seconds_of(source.first + 1, change.made);
            CHECK((1 - share) * before + share * after ==
                  Approx(seconds_of(frame, change.delivered)));
        }
    }
}

TEST_CASE("of 16 frames for 24 every third is mixed from nothing", "[rates]") {
    const RateChange change{RateConversion::blend, {16, 1}, {24, 1}};
    CHECK(frames_made_for(24, change) == 17);
    CHECK(source_of(0, change) == FrameSource{0, 0, 1});
    CHECK(source_of(1, change) == FrameSource{0, 2, 3});
    CHECK(source_of(2, change) == FrameSource{1, 1, 3});
    CHECK(source_of(3, change) == FrameSource{2, 0, 1});
}

TEST_CASE("the first delivered frame that shows a frame is where it begins", "[rates]") {
    for (const RateChange& change : all_changes()) {
        for (std::int64_t made = 1; made < 200; ++made) {
            const std::int64_t frame = first_showing(made, change);
            CHECK(source_of(frame, change).first >= made);
            CHECK(source_of(frame - 1, change).first < made);
        }
    }
}

}  // namespace nightreel

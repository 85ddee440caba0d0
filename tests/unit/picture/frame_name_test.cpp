#include "pipeline/picture/frame_name.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

TEST_CASE("frame names have a dot and four digits, and are read back", "[frame_name]") {
    const std::string pattern = frame_pattern("aurora_sq010_sh0010_gen_v001_t01", {1001, 1096});
    REQUIRE(pattern == "aurora_sq010_sh0010_gen_v001_t01.%04d.exr");
    REQUIRE(frame_file_name(pattern, 1001) == "aurora_sq010_sh0010_gen_v001_t01.1001.exr");
    for (const std::int64_t frame : {-12, 0, 7, 1001, 9999, 12345}) {
        REQUIRE(frame_number_in(pattern, frame_file_name(pattern, frame)) == frame);
    }
}

TEST_CASE("all frames of a take have one width, that of the last and at least four digits",
          "[frame_name]") {
    for (const FrameRange frames : {FrameRange{0, 0},
                                    FrameRange{7, 99},
                                    FrameRange{9982, 9999},
                                    FrameRange{9990, 10006},
                                    FrameRange{1, 100000},
                                    FrameRange{9999990, 9999999}}) {
        const std::string pattern = frame_pattern("a", frames);
        CAPTURE(pattern);
        const std::size_t width = frame_file_name(pattern, frames.last).size();
        REQUIRE(width >= std::string("a.0001.exr").size());
        for (const std::int64_t frame : {frames.first, (frames.first + frames.last) / 2}) {
            const std::string name = frame_file_name(pattern, frame);
            REQUIRE(name.size() == width);
            REQUIRE(name == "a." + frame_text(frame, frames) + ".exr");
            REQUIRE(frame_number_in(pattern, name) == frame);
        }
    }
    REQUIRE(frame_pattern("a", {9990, 10006}) == "a.%05d.exr");
    REQUIRE(frame_pattern("a", {9990, 9999}) == "a.%04d.exr");
}

TEST_CASE("a name that is not of the pattern has no number", "[frame_name]") {
    for (const char* name : {"a.1001.png",
                             "b.1001.exr",
                             "a..exr",
                             "a.exr",
                             "a.10x1.exr",
                             "a.01001.exr",
                             "a.7.exr",
                             "a.1001.exr.part",
                             "a.99999999999999999999.exr"}) {
        CAPTURE(name);
        REQUIRE_FALSE(frame_number_in("a.%04d.exr", name).has_value());
    }
}

TEST_CASE("a pattern without one place for the number is refused", "[frame_name]") {
    for (const char* pattern :
         {"a.exr", "a.%d.exr", "a.%04d.%04d.exr", "a.%04", "a.%0d", "a.%00d"}) {
        CAPTURE(pattern);
        REQUIRE_THROWS_AS(frame_file_name(pattern, 1), Error);
    }
}

}  // namespace nightreel

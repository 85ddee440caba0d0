#include "pipeline/takes/take_meter.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

FrameRgb flat(double red, double green, double blue) {
    FrameRgb frame{4, 2, {}};
    for (int pixel = 0; pixel < 8; ++pixel) {
        for (const double code : {red, green, blue}) {
            frame.rgb.push_back(static_cast<float>(code / 255.0));
        }
    }
    return frame;
}

// Every frame is `step` code values brighter than the one before; at a joint, `jump`.
TakeMetrics ramp(int frames, int step, const std::vector<std::int64_t>& joints, int jump) {
    TakeMeter meter(1001, joints);
    int level = 10;
    for (int i = 0; i < frames; ++i) {
        const bool joint = std::find(joints.begin(), joints.end(), 1001 + i) != joints.end();
        if (i > 0) level += joint ? jump : step;
        meter.add(flat(level, level, level));
    }
    return meter.finish();
}

}  // namespace

TEST_CASE("a joint that moves as the rest does has a seam ratio of one", "[metrics]") {
    const TakeMetrics metrics = ramp(40, 2, {1013, 1025}, 2);
    REQUIRE(metrics.seams.size() == 2);
    REQUIRE(metrics.seams[0].frame == 1013);
    REQUIRE(metrics.seam_ratio_median == Approx(1.0));
    REQUIRE(metrics.motion_median == Approx(2.0));
}

TEST_CASE("a seam ratio is the step at the joint over the median step elsewhere", "[metrics]") {
    const TakeMetrics metrics = ramp(30, 2, {1013}, 9);
    REQUIRE(metrics.seams[0].difference == Approx(9.0));
    REQUIRE(metrics.seams[0].ratio == Approx(4.5));
    REQUIRE(metrics.seam_ratio_max == Approx(4.5));
}

TEST_CASE("frames within two of a joint do not count as motion of the take", "[metrics]") {
    TakeMeter meter(0, {5});
    const int levels[] = {10, 11, 12, 32, 52, 72, 92, 112, 113, 114, 115};  // fast round frame 5
    for (const int level : levels) meter.add(flat(level, level, level));
    REQUIRE(meter.finish().motion_median == Approx(1.0));
    REQUIRE(meter.finish().seams[0].ratio == Approx(20.0));
}

TEST_CASE("a take that stands still is measured against the floor and not divided by zero",
          "[metrics]") {
    const TakeMetrics metrics = ramp(30, 0, {1013}, 3);
    REQUIRE(metrics.motion_median == 0.0);
    REQUIRE(metrics.seams[0].ratio == Approx(3.0 / motion_floor));
}

TEST_CASE("the median of an even number of steps lies between the middle two", "[metrics]") {
    TakeMeter meter(0, {});
    for (const int level : {10, 11, 13, 16, 20}) meter.add(flat(level, level, level));
    REQUIRE(meter.finish().motion_median == Approx(2.5));
}

TEST_CASE("drift is the largest change of a channel between the ends", "[metrics]") {
    TakeMeter meter(1001, {});
    for (int i = 0; i < 100; ++i) meter.add(flat(100 + i / 10, 100, 120 - i / 5));
    REQUIRE(meter.finish().drift == Approx(17.0).margin(0.5));
    REQUIRE(ramp(100, 0, {}, 0).drift == 0.0);
}

TEST_CASE("flicker sees alternation and not a steady change", "[metrics]") {
    TakeMeter meter(1001, {});
    for (int i = 0; i < 50; ++i) meter.add(flat(100 + i % 2 * 6, 100 + i % 2 * 6, 100 + i % 2 * 6));
    REQUIRE(meter.finish().flicker == Approx(6.0).margin(1e-6));
    REQUIRE(ramp(50, 3, {}, 0).flicker == Approx(0.0).margin(1e-9));
}

TEST_CASE("freezes are runs of at least three equal frames, also at the end", "[metrics]") {
    TakeMeter meter(1001, {});
    for (const int level : {1, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 6}) {
        meter.add(flat(level * 10, level * 10, level * 10));
    }
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.freezes == std::vector<FrameRange>{{1005, 1007}, {1009, 1012}});
}

TEST_CASE("black and broken frames are named and do not poison the rest", "[metrics]") {
    TakeMeter meter(1001, {});
    meter.add(flat(50, 50, 50));
    meter.add(flat(0, 0, 0));
    FrameRgb broken = flat(50, 50, 50);
    broken.rgb[5] = std::numeric_limits<float>::quiet_NaN();
    meter.add(broken);
    broken.rgb[5] = std::numeric_limits<float>::infinity();
    meter.add(broken);
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.black_frames == std::vector<std::int64_t>{1002});
    REQUIRE(metrics.broken_frames == std::vector<std::int64_t>{1003, 1004});
    REQUIRE(std::isfinite(metrics.drift));
    REQUIRE(std::isfinite(metrics.flicker));
}

TEST_CASE("short takes and joints outside the take are no fault", "[metrics]") {
    REQUIRE(TakeMeter(1001, {}).finish().frames == 0);
    TakeMeter one(1001, {1001, 1002, 2000});
    one.add(flat(1, 1, 1));
    REQUIRE(one.finish().seams.empty());
}

TEST_CASE("metrics come back from JSON as they were", "[metrics]") {
    const TakeMetrics metrics = ramp(30, 2, {1013}, 9);
    const Json json = to_json_value(metrics);
    REQUIRE(to_json_value(from_json_value<TakeMetrics>(json)) == json);
    REQUIRE(json["seams"][0]["ratio"] == 4.5);
}

}  // namespace nightreel

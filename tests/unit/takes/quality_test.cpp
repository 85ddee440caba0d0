#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/quality/plot.h"
#include "pipeline/takes/quality/seams.h"
#include "pipeline/takes/quality/take_meter.h"
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
    TakeMeter meter({.frames = {1001, 1000 + frames}, .joints = joints});
    int level = 10;
    for (int i = 0; i < frames; ++i) {
        const bool joint = std::find(joints.begin(), joints.end(), 1001 + i) != joints.end();
        if (i > 0) level += joint ? jump : step;
        meter.add(flat(level, level, level));
    }
    return meter.finish();
}

TakeMetrics of_levels(const std::vector<int>& levels,
                      const std::vector<std::int64_t>& joints = {}) {
    const auto last = static_cast<std::int64_t>(levels.size()) - 1;
    TakeMeter meter({.frames = {0, last}, .joints = joints});
    for (const int level : levels) meter.add(flat(level, level, level));
    return meter.finish();
}

const Finding* find(const TakeMetrics& metrics, FindingKind kind) {
    for (const Finding& finding : metrics.findings) {
        if (finding.kind == kind) return &finding;
    }
    return nullptr;
}

// A picture with edges, by which contrast and sharpness can be told: stripes `period` wide.
FrameRgb striped(int shift, double low, double high, double tint = 0) {
    FrameRgb frame{48, 32, {}};
    for (int y = 0; y < frame.height; ++y) {
        for (int x = 0; x < frame.width; ++x) {
            const double code = (x + y / 4 * 3 + shift) / 8 % 2 == 0 ? low : high;
            frame.rgb.push_back(static_cast<float>((code + tint) / 255));
            frame.rgb.push_back(static_cast<float>(code / 255));
            frame.rgb.push_back(static_cast<float>(code / 255));
        }
    }
    return frame;
}

}  // namespace

TEST_CASE("a joint that moves as the rest does has a seam ratio of one", "[metrics]") {
    const TakeMetrics metrics = ramp(60, 2, {1017, 1033}, 2);
    REQUIRE(metrics.seams.size() == 2);
    REQUIRE(metrics.seams[0].frame == 1017);
    REQUIRE(metrics.seam_ratio_median == Approx(1.0));
    REQUIRE(metrics.seams[0].excess == Approx(1.0).margin(0.05));
    REQUIRE(metrics.motion_median == Approx(2.0));
    REQUIRE(find(metrics, FindingKind::seam) == nullptr);
}

TEST_CASE("a seam ratio is the worst step from the joint on over the median step elsewhere",
          "[metrics]") {
    const TakeMetrics metrics = ramp(40, 2, {1017}, 9);
    REQUIRE(metrics.seams[0].difference == Approx(9.0));
    REQUIRE(metrics.seams[0].ratio == Approx(4.5));
    REQUIRE(metrics.seams[0].worst_frame == 1017);
    REQUIRE(metrics.seam_ratio_max == Approx(4.5));
}

TEST_CASE(
    "a joint that shows four frames late is found, one that shows after nine is not its fault",
    "[metrics]") {
    std::vector<int> levels;
    for (int i = 0; i < 50; ++i) levels.push_back(20 + 2 * i);
    for (std::size_t i = 24; i < levels.size(); ++i) levels[i] += 12;
    REQUIRE(of_levels(levels, {20}).seams[0].worst_frame == 24);
    REQUIRE(of_levels(levels, {20}).seams[0].ratio == Approx(7.0));
    REQUIRE(find(of_levels(levels, {20}), FindingKind::seam) != nullptr);
    REQUIRE(of_levels(levels, {12}).seams[0].ratio == Approx(1.0));
}

TEST_CASE("frames in reach of a joint do not count as motion of the take", "[metrics]") {
    std::vector<int> levels{10, 11, 12, 13, 14};
    for (int i = 0; i < 9; ++i) levels.push_back(levels.back() + 15);  // fast from frame 5
    for (int i = 0; i < 6; ++i) levels.push_back(levels.back() + 1);
    REQUIRE(of_levels(levels, {5}).motion_median == Approx(1.0));
    REQUIRE(of_levels(levels, {5}).seams[0].ratio == Approx(15.0));
}

TEST_CASE("a take that stands still is measured against the floor and not divided by zero",
          "[metrics]") {
    const TakeMetrics metrics = ramp(30, 0, {1013}, 3);
    REQUIRE(metrics.motion_median == 0.0);
    REQUIRE(metrics.seams[0].ratio == Approx(3.0 / motion_floor));
}

TEST_CASE("the median of an even number of steps lies between the middle two", "[metrics]") {
    REQUIRE(of_levels({10, 11, 13, 16, 20}).motion_median == Approx(2.5));
}

TEST_CASE("a step of colour at a joint is told in code values", "[metrics]") {
    TakeMeter meter({.frames = {0, 59}, .joints = {20, 40}});
    for (int i = 0; i < 60; ++i) meter.add(flat(100, 90, i < 40 ? 80 : 84));
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.seams[0].colour_step == Approx(0).margin(1e-6));
    REQUIRE(metrics.seams[1].colour_step == Approx(4));
    REQUIRE(find(metrics, FindingKind::colour_jump)->frames == FrameRange{40, 40});
}

TEST_CASE("drift is the largest change of a channel between the ends", "[metrics]") {
    TakeMeter meter({.frames = {1001, 1100}, .joints = {}});
    for (int i = 0; i < 100; ++i) meter.add(flat(100 + i / 10, 100, 120 - i / 5));
    REQUIRE(meter.finish().drift == Approx(17.0).margin(0.5));
    REQUIRE(ramp(100, 0, {}, 0).drift == 0.0);
}

TEST_CASE("drifts of colour, brightness and contrast are told apart", "[metrics]") {
    const std::vector<std::int64_t> joints{10, 20, 30, 40};
    const auto measured = [&](double low, double high, double tint) {
        TakeMeter meter({.frames = {0, 49}, .joints = joints});
        for (int i = 0; i < 50; ++i) {
            const double share = i / 10 / 4.0;
            meter.add(striped(0, 80 + share * low, 160 + share * high, share * tint));
        }
        return meter.finish();
    };
    const TakeMetrics still = measured(0, 0, 0);
    for (const auto kind : {FindingKind::colour_drift,
                            FindingKind::brightness_drift,
                            FindingKind::contrast_drift,
                            FindingKind::sharpness_drift}) {
        REQUIRE(find(still, kind) == nullptr);
    }
    REQUIRE(measured(8, 8, 0).drifts.brightness.total == Approx(8));
    REQUIRE(measured(8, 8, 0).drifts.brightness.slope == Approx(2));
    REQUIRE(measured(8, 8, 0).drifts.contrast.total == Approx(0).margin(0.2));
    REQUIRE(measured(-8, 8, 0).drifts.contrast.total == Approx(20).margin(0.5));
    REQUIRE(measured(0, 0, 10).drifts.red.total == Approx(10 * (1 - 0.2126)).margin(0.1));
    REQUIRE(find(measured(0, 0, 10), FindingKind::colour_drift)->about == "red");
}

TEST_CASE("what moves through the picture is no drift", "[metrics]") {
    TakeMeter meter({.frames = {0, 59}, .joints = {15, 30, 45}});
    for (int i = 0; i < 60; ++i) {
        FrameRgb frame = flat(60, 60, 60);
        frame = {48, 32, std::vector<float>(std::size_t{48} * 32 * 3, 60.0F / 255)};
        const int left = i - 10;  // a white block comes in and stays
        for (int y = 8; y < 24; ++y) {
            for (int x = std::max(0, left); x < std::min(48, left + 12); ++x) {
                for (int c = 0; c < 3; ++c) {
                    frame.rgb[static_cast<std::size_t>((y * 48 + x) * 3 + c)] = 1;
                }
            }
        }
        meter.add(frame);
    }
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.drift > 5);
    REQUIRE(metrics.drifts.brightness.total == Approx(0).margin(0.1));
    REQUIRE(metrics.drifts.contrast.total == Approx(0).margin(0.1));
    REQUIRE(metrics.drifts.sharpness.total == Approx(0).margin(0.1));
}

TEST_CASE("flicker sees alternation and not a steady change", "[metrics]") {
    std::vector<int> levels;
    for (int i = 0; i < 50; ++i) levels.push_back(100 + i % 2 * 6);
    const TakeMetrics metrics = of_levels(levels);
    REQUIRE(metrics.flicker == Approx(6.0).margin(1e-6));
    REQUIRE(find(metrics, FindingKind::flicker)->value == Approx(6.0));
    REQUIRE(ramp(50, 3, {}, 0).flicker == Approx(0.0).margin(1e-9));
    REQUIRE(find(ramp(50, 3, {}, 0), FindingKind::flicker) == nullptr);
}

TEST_CASE("a single flash is no flicker", "[metrics]") {
    std::vector<int> levels(50, 100);
    levels[20] = 160;
    REQUIRE(find(of_levels(levels), FindingKind::flicker) == nullptr);
}

TEST_CASE("freezes are runs of at least three equal frames, also at the end", "[metrics]") {
    TakeMeter meter({.frames = {1001, 1012}, .joints = {}});
    for (const int level : {1, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 6}) {
        meter.add(flat(level * 10, level * 10, level * 10));
    }
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.freezes == std::vector<FrameRange>{{1005, 1007}, {1009, 1012}});
    REQUIRE(find(metrics, FindingKind::repeat)->frames == FrameRange{1003, 1003});
}

TEST_CASE("frames that are nearly the same while the take moves are a freeze too", "[metrics]") {
    TakeMeter meter({.frames = {0, 39}, .joints = {}});
    for (int i = 0; i < 40; ++i) {
        FrameRgb frame = striped(i >= 20 && i < 26 ? 20 : i, 80, 160);
        if (i % 2 == 1) frame.rgb[0] += 1.0F / 255;
        meter.add(frame);
    }
    REQUIRE(meter.finish().freezes == std::vector<FrameRange>{{20, 25}});
}

TEST_CASE("a stretch that comes back is named with the frames that it shows again", "[metrics]") {
    TakeMeter meter({.frames = {0, 59}, .joints = {}});
    for (int i = 0; i < 60; ++i) {
        const int shown = i >= 40 && i < 48 ? i - 25 : i;
        FrameRgb frame = striped(0, 80, 160);
        for (int y = 0; y < 32; ++y) {
            for (int c = 0; c < 3; ++c) {
                for (int x = 0; x < 12; ++x) {
                    const int at = (shown * 2 / 3 + x) % 48;
                    frame.rgb[static_cast<std::size_t>((y * 48 + at) * 3 + c)] = 1;
                }
            }
        }
        meter.add(frame);
    }
    const TakeMetrics metrics = meter.finish();
    const Finding* found = find(metrics, FindingKind::returns);
    REQUIRE(found != nullptr);
    REQUIRE(found->frames == FrameRange{40, 47});
    REQUIRE(found->about == "15 to 22");
}

TEST_CASE("black and broken frames are named and do not poison the rest", "[metrics]") {
    TakeMeter meter({.frames = {1001, 1004}, .joints = {}});
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
    REQUIRE(find(metrics, FindingKind::broken)->frames == FrameRange{1003, 1004});
    REQUIRE(std::isfinite(metrics.drift));
    REQUIRE(std::isfinite(metrics.flicker));
}

TEST_CASE("short takes and joints outside the take are no fault", "[metrics]") {
    REQUIRE(TakeMeter({.frames = {1001, 1000}, .joints = {}}).finish().frames == 0);
    TakeMeter one({.frames = {1001, 1001}, .joints = {1001, 1002, 2000}});
    one.add(flat(1, 1, 1));
    REQUIRE(one.finish().seams.empty());
}

TEST_CASE("separate clips have no seam, no drift and no freeze between them", "[metrics]") {
    TakeMeter meter({.frames = {0, 59}, .joints = {}, .cuts = {20, 40}});
    for (int i = 0; i < 60; ++i) meter.add(striped(i, 60 + 20 * (i / 20), 160 + 20 * (i / 20)));
    const TakeMetrics metrics = meter.finish();
    REQUIRE(metrics.seams.empty());
    REQUIRE(metrics.segments.size() == 4);
    REQUIRE(flags_of(metrics.findings, {}).empty());
}

TEST_CASE("metrics come back from JSON as they were, and those of earlier releases are read",
          "[metrics]") {
    const TakeMetrics metrics = ramp(40, 2, {1017}, 9);
    const Json json = to_json_value(metrics);
    REQUIRE(to_json_value(from_json_value<TakeMetrics>(json)) == json);
    REQUIRE(json["seams"][0]["ratio"] == 4.5);
    const Json earlier = {{"frames", 3},
                          {"seams", {{{"frame", 2}, {"difference", 1.5}, {"ratio", 2.0}}}},
                          {"drift", 0.5}};
    REQUIRE(from_json_value<TakeMetrics>(earlier).seams[0].ratio == 2.0);
    REQUIRE(from_json_value<TakeMetrics>(earlier).findings.empty());
}

TEST_CASE("limits decide what is a flag and change no figure; the worst comes first", "[metrics]") {
    const std::vector<Finding> findings{{FindingKind::flicker, {5, 20}, 1.6},
                                        {FindingKind::seam, {30, 33}, 9.0},
                                        {FindingKind::contrast_drift, {0, 50}, 1.0}};
    const std::vector<Flag> flags = flags_of(findings, {});
    REQUIRE(flags.size() == 2);
    REQUIRE(flags[0].kind == FindingKind::seam);
    REQUIRE(flags[0].text.find("Frames 30 to 33") == 0);
    REQUIRE(short_text_of(flags).find("And 1 more.") != std::string::npos);
    REQUIRE(flags_of(findings, {.seam = 0, .flicker = 2}).empty());
    for (const auto& [kind, word] : EnumWords<FindingKind>::words) {
        INFO(word);
        REQUIRE(limit_of(QualityLimits(), kind) > 0);
    }
}

TEST_CASE("a plot marks joints and what stands out, and is bounded for any length", "[metrics]") {
    TakeMeter meter({.frames = {1, 5000}, .joints = {2001}});
    for (int i = 0; i < 5000; ++i) meter.add(flat(i < 2000 ? 50 : 120, 60 + i % 3, 70));
    const std::string plot = plot_of(meter.finish(), meter.series(), {2001});
    REQUIRE(plot.find("<svg") == 0);
    REQUIRE(plot.find("stroke-dasharray") != std::string::npos);
    REQUIRE(plot.find("colour jumps") != std::string::npos);
    REQUIRE(plot.size() < 300'000);
}

}  // namespace nightreel

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/picture/colour/transfer.h"
#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/movie.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/resolve/blend.h"
#include "tests/unit/tasks/workshop.h"

// Operations on clips, with the bundled model.

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// EXR files that stand for a take of the director's: 33 frames, numbered from 1.
class GivenClip {
  public:
    GivenClip()
        : shop_([] {
              ResolvedNight night = small_night(33);
              night.shots[0].seed = 99;
              return night;
          }()) {
        shop_.run_all_up_to("decode", engines_);
    }

    ResolvedClip clip(std::int64_t first, std::int64_t last) const {
        ResolvedClip clip{.kind = ClipKind::frames,
                          .name = "plate.%04d.exr",
                          .frames = {first, last},
                          .size = {96, 64},
                          .rate = {12, 1}};
        for (std::int64_t number = first; number <= last; ++number) {
            const fs::path file = path_of(number);
            clip.files.push_back({file.string(), digest_of_file(file)});
        }
        return clip;
    }

    std::vector<float> pixels(std::int64_t number) const {
        return read_exr(path_of(number)).scene.rgb;
    }

    Engines& engines() { return engines_; }

  private:
    fs::path path_of(std::int64_t number) const {
        return shop_.folder_of("decode") / fmt::format("frame.{}.exr", number);
    }

    Engines engines_;
    Workshop shop_;
};

GivenClip& given_clip() {
    static GivenClip clip;
    return clip;
}

ResolvedNight edited_night(ResolvedEdit edit) {
    std::int64_t frames = 0;
    for (const EditPart& part : edit.parts) frames += part.count;
    ResolvedNight night = small_night(frames);
    night.models[0].pictures_between = PictureUse::taken;
    night.shots[0].edit = std::move(edit);
    return night;
}

std::vector<float> delivered(const Workshop& shop, std::int64_t index) {
    const fs::path file = shop.folder_of("assemble") / fmt::format("frame.{}.exr", 1001 + index);
    return read_exr(file).scene.rgb;
}

double log_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += std::abs(std::log1p(std::max(0.0F, a[i])) - std::log1p(std::max(0.0F, b[i])));
    }
    return sum / static_cast<double>(a.size());
}

// Kept frames of the take against those of the clip, which begin with number 1001.
void check_kept(const Workshop& shop, const ResolvedEdit& edit) {
    std::int64_t index = 0;
    for (const EditPart& part : edit.parts) {
        for (std::int64_t i = 0; i < part.count; ++i, ++index) {
            if (!part.clip) continue;
            const ResolvedClip& clip = edit.clips[static_cast<std::size_t>(*part.clip)];
            CAPTURE(index);
            CHECK(delivered(shop, index) ==
                  given_clip().pixels(clip.frames.first + part.first + i));
        }
    }
}

}  // namespace

TEST_CASE("kept frames are those of the clip, pixel for pixel, and the others are new",
          "[engine]") {
    const ResolvedClip whole = given_clip().clip(1001, 1033);
    const std::vector<ResolvedEdit> edits = {
        {.verb = EditVerb::retake,
         .clips = {whole},
         .parts = {{0, 0, 13}, {{}, 0, 8}, {0, 21, 12}}},
        {.verb = EditVerb::extend, .clips = {whole}, .parts = {{0, 0, 33}, {{}, 0, 22}}},
        {.verb = EditVerb::extend, .clips = {whole}, .parts = {{{}, 0, 30}, {0, 0, 33}}},
        {.verb = EditVerb::fill,
         .clips = {given_clip().clip(1001, 1012), given_clip().clip(1025, 1033)},
         .parts = {{0, 0, 12}, {{}, 0, 12}, {1, 0, 9}}},
        {.verb = EditVerb::recut, .clips = {whole}, .parts = {{{}, 0, 9}, {0, 9, 12}, {{}, 0, 12}}},
    };
    for (const ResolvedEdit& edit : edits) {
        CAPTURE(word_of(edit.verb), edit.parts.size());
        Workshop shop(edited_night(edit));
        shop.run_all_up_to("publish", given_clip().engines());
        check_kept(shop, edit);
        const Json record =
            parse_json(read_file(shop.folder_of("publish") / "publish.json"), "record");
        std::int64_t kept = 0;
        for (const Json& one : record["kept"]) {
            kept += one["frames"]["last"].get<std::int64_t>() -
                    one["frames"]["first"].get<std::int64_t>() + 1;
        }
        std::int64_t expected = 0;
        for (const EditPart& part : edit.parts) expected += part.clip ? part.count : 0;
        CHECK(kept == expected);
    }
}

TEST_CASE("what is made again differs from what was there, and joins on both sides", "[engine]") {
    const ResolvedEdit edit{.verb = EditVerb::retake,
                            .clips = {given_clip().clip(1001, 1033)},
                            .parts = {{0, 0, 13}, {{}, 0, 8}, {0, 21, 12}}};
    Workshop shop(edited_night(edit));
    shop.run_all_up_to("assemble", given_clip().engines());
    double usual = 0;
    for (int i = 1; i < 12; ++i) {
        usual += log_difference(delivered(shop, i), delivered(shop, i - 1)) / 11;
    }
    double change = 0;
    for (int i = 13; i < 21; ++i) {
        change += log_difference(delivered(shop, i), given_clip().pixels(1001 + i)) / 8;
    }
    CHECK(change > 0);
    // A hard cut to another place is ten times the usual step.
    for (const int joint : {13, 21}) {
        CAPTURE(joint, usual);
        CHECK(log_difference(delivered(shop, joint), delivered(shop, joint - 1)) < 4 * usual);
    }
}

TEST_CASE("the frames of a loop come back to its first one", "[engine]") {
    Workshop shop(edited_night({.verb = EditVerb::loop, .parts = {{{}, 0, 17}, {{}, 0, 16}}}));
    shop.run_all_up_to("assemble", given_clip().engines());
    double usual = 0;
    for (int i = 1; i < 33; ++i) {
        usual += log_difference(delivered(shop, i), delivered(shop, i - 1)) / 32;
    }
    CHECK(log_difference(delivered(shop, 32), delivered(shop, 0)) < 3 * usual);
}

TEST_CASE("a remix changes a clip the more, the more noise it is taken to", "[engine]") {
    std::vector<double> changes;
    for (const double level : {0.15, 0.6, 0.95}) {
        ResolvedNight night = edited_night({.verb = EditVerb::remix,
                                            .clips = {given_clip().clip(1001, 1029)},
                                            .parts = {{{}, 0, 29}},
                                            .strength = level});
        night.shots[0].sampling.steps = 8;
        Workshop shop(night);
        shop.run_all_up_to("decode", given_clip().engines());
        double change = 0;
        for (int number = 1001; number <= 1029; ++number) {
            const fs::path file = shop.folder_of("decode") / fmt::format("frame.{}.exr", number);
            change += log_difference(read_exr(file).scene.rgb, given_clip().pixels(number)) / 29;
        }
        changes.push_back(change);
    }
    CAPTURE(changes);
    CHECK(changes[0] < changes[1]);
    CHECK(changes[1] < changes[2]);
    CHECK(changes[0] < changes[2] / 2);
}

TEST_CASE("a blend begins as one clip, ends as the other, and is no cross-fade between",
          "[engine]") {
    const std::vector<CurvePoint> curve{{6, 0}, {14, 1}};
    const BlendParts blended = parts_of_blend(curve, {25, 25}, 4);
    REQUIRE(blended.problem.empty());
    ResolvedNight night =
        edited_night({.verb = EditVerb::blend,
                      .clips = {given_clip().clip(1001, 1025), given_clip().clip(1009, 1033)},
                      .parts = blended.parts,
                      .curve = curve});
    night.shots[0].sampling.steps = 4;
    Workshop shop(night);
    shop.run_all_up_to("assemble", given_clip().engines());
    const std::int64_t kept = blended.parts.front().count;
    const std::int64_t again = kept + blended.parts.at(1).count;
    REQUIRE(again < 25);
    for (std::int64_t frame = 0; frame < 25; ++frame) {
        INFO("frame " << frame);
        const std::vector<float> now = delivered(shop, frame);
        const std::vector<float> a = given_clip().pixels(1001 + frame);
        const std::vector<float> b = given_clip().pixels(1009 + frame);
        CHECK((now == a) == (frame < kept));
        CHECK((now == b) == (frame >= again));
        const double share = share_at(curve, frame);
        if (share <= 0.25 || share >= 0.75) continue;
        std::vector<float> mixed(now.size());
        for (std::size_t i = 0; i < now.size(); ++i) {
            mixed[i] = srgb_to_linear(static_cast<float>((1 - share) * linear_to_srgb(a[i]) +
                                                         share * linear_to_srgb(b[i])));
        }
        CHECK(log_difference(now, mixed) > 0.002);
    }
}

TEST_CASE("a clip that changed after planning, or has another size inside, is refused by name",
          "[engine]") {
    ResolvedClip changed = given_clip().clip(1001, 1033);
    changed.files[4].digest = digest_of("another");
    const auto run = [](const ResolvedClip& clip) {
        Workshop shop(edited_night(
            {.verb = EditVerb::extend, .clips = {clip}, .parts = {{0, 0, 33}, {{}, 0, 8}}}));
        TestObserver observer;
        shop.run("ingest01", given_clip().engines(), observer);
    };
    CHECK_THROWS_WITH(
        run(changed),
        Catch::Contains("frame.1005.exr") && Catch::Contains("submit the night again"));
    ResolvedClip other = given_clip().clip(1001, 1033);
    other.size = {192, 128};
    CHECK_THROWS_WITH(run(other), Catch::Contains("96x64") && Catch::Contains("192x128"));
    CHECK_NOTHROW(run(given_clip().clip(1001, 1033)));
}

}  // namespace nightreel

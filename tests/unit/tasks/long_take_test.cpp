#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/model/tensor/plain_arrays.h"
#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/png.h"
#include "pipeline/tasks/latents.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/tasks/workshop.h"

// Takes of streams of their own, and of windows, with the bundled model.

namespace nightreel {
namespace {

namespace fs = std::filesystem;

ResolvedNight night_from_pictures(std::int64_t frames) {
    ResolvedNight night = small_night(frames);
    night.models[0].continues = Continuation::picture;
    night.shots[0].continues = Continuation::picture;
    night.shots[0].overlap_latents = 1;
    return night;
}

ResolvedNight night_in_windows(std::int64_t frames) {
    ResolvedNight night = small_night(frames);
    night.shots[0].strategy = Strategy::windowed;
    night.shots[0].overlap_latents = 1;
    night.shots[0].free_noise = true;
    return night;
}

std::vector<float> display_values(const fs::path& exr) {
    return scene_to_display(read_exr(exr).scene, TransferCurve::srgb, WorkingSpace::rec709).rgb;
}

double mean_difference(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(double{a[i]} - double{b[i]});
    return sum / static_cast<double>(a.size());
}

// A frame of another take, which stands for a picture of the director's.
struct Picture {
    fs::path file;
    FrameRgb pixels;
};

Picture picture_of(const Workshop& source, int number, const char* name) {
    const ExrPicture made =
        read_exr(source.folder_of("decode") / fmt::format("frame.{}.exr", number));
    Picture picture{source.root() / name,
                    scene_to_display(made.scene, TransferCurve::srgb, WorkingSpace::rec709)};
    write_png(picture.file, picture.pixels);
    return picture;
}

ResolvedNight other_night() {
    ResolvedNight other = small_night(17);
    other.shots[0].seed = 99;
    return other;
}

KeyPicture key_of(const Picture& picture, KeyPlace at, std::optional<std::int64_t> frame = {}) {
    return {at, picture.file.string(), digest_of_file(picture.file), {}, {96, 64}, frame};
}

}  // namespace

TEST_CASE("the frame that is handed over is the one that is delivered, and is delivered once",
          "[engine]") {
    Workshop shop(night_from_pictures(40));
    Engines engines;
    shop.run_all_up_to("publish", engines);
    const fs::path frames = shop.folder_of("decode");
    for (int number = 1001; number <= 1040; ++number) {
        CHECK(fs::exists(frames / fmt::format("frame.{}.exr", number)));
    }
    // Segment 1 delivers 1001 to 1017, segment 2 to 1033.
    for (const auto& [task, number] : {std::pair{"hand_over01", 1017}, {"hand_over02", 1033}}) {
        CAPTURE(task);
        const PlainArrays arrays =
            read_plain_arrays(shop.folder_of(task) / "handed_over.safetensors");
        const PlainArray& given = arrays.at("frames");
        CHECK(given.shape == std::vector<std::int64_t>{1, 64, 96, 3});
        const std::vector<float> shown =
            display_values(frames / fmt::format("frame.{}.exr", number));
        CHECK(mean_difference(given.values, shown) < 5e-4);
    }
    // The next frame goes on from it: nearer than a frame of another segment's middle.
    const std::vector<float> last = display_values(frames / "frame.1017.exr");
    CHECK(mean_difference(last, display_values(frames / "frame.1018.exr")) <
          mean_difference(last, display_values(frames / "frame.1030.exr")));
    const Json record = parse_json(read_file(shop.folder_of("publish") / "publish.json"), "record");
    CHECK(record["frames_encoded_again"] == 2);
    CHECK(record["segments"][1]["shared_frames"] == 1);
    CHECK(record["joints"] == Json({1018, 1034}));
    int hand_overs = 0;
    for (const Json& task : record["tasks"]) hand_overs += task["kind"] == "hand_over" ? 1 : 0;
    CHECK(hand_overs == 2);
}

TEST_CASE("a longer take from pictures has the same segments, and one alone the same bytes",
          "[engine]") {
    Workshop shorter(night_from_pictures(20));
    Workshop longer(night_from_pictures(40));
    for (const char* task : {"sample01", "hand_over01", "sample02"}) {
        CHECK(shorter.task(task).digest == longer.task(task).digest);
    }
    Engines engines;
    shorter.run_all_up_to("sample02", engines);
    const std::string in_chain = read_file(shorter.folder_of("sample02") / "latents.safetensors");
    Engines others;
    TestObserver observer;
    shorter.run("hand_over01", others, observer);
    shorter.run("sample02", others, observer);
    CHECK(read_file(shorter.folder_of("sample02") / "latents.safetensors") == in_chain);
}

TEST_CASE("a take in windows that is stopped goes on where it was, to the same bytes", "[engine]") {
    Workshop shop(night_in_windows(49));
    Engines engines;
    shop.run_all_up_to("sample01", engines);
    const std::string whole = read_file(shop.folder_of("sample01") / "latents.safetensors");

    TaskRequest request = shop.request_for("sample01");
    request.resume = (shop.root() / "resume").string();
    const auto run = [&](TestObserver& observer) {
        fs::remove_all(request.staging);
        fs::create_directories(request.staging);
        return run_task(request, engines, observer, SystemClock());
    };
    TestObserver all;
    run(all);
    CHECK(read_file(shop.folder_of("sample01") / "latents.safetensors") == whole);
    fs::remove_all(request.resume);
    TestObserver stopped(all.asked * 2 / 3);
    CHECK_THROWS_AS(run(stopped), Error);
    REQUIRE(fs::exists(fs::path(request.resume) / "state.safetensors"));
    TestObserver rest;
    run(rest);
    CHECK(rest.asked < all.asked * 3 / 4);
    CHECK(read_file(shop.folder_of("sample01") / "latents.safetensors") == whole);
    // What is no state, or a damaged one, is begun again.
    write_file_atomically(fs::path(request.resume) / "state.safetensors", "half a file");
    TestObserver again;
    run(again);
    CHECK(read_file(shop.folder_of("sample01") / "latents.safetensors") == whole);
}

TEST_CASE("windows that are averaged after each step are those that share it", "[engine]") {
    const auto latents_of = [](std::optional<std::int32_t> exchange) {
        ResolvedNight night = night_in_windows(49);
        night.shots[0].exchange = exchange;
        Workshop shop(night);
        Engines engines;
        const char* last = exchange ? "sample_join" : "sample01";
        shop.run_all_up_to(last, engines);
        return clip_in(
            read_plain_arrays(shop.folder_of(last) / "latents.safetensors"), "latents", "latents");
    };
    const LatentClip whole = latents_of({});
    const LatentClip shared = latents_of(1);
    const LatentClip seldom = latents_of(2);
    REQUIRE(shared.values.size() == whole.values.size());
    double largest = 0;
    double apart = 0;
    for (std::size_t i = 0; i < whole.values.size(); ++i) {
        largest = std::max(largest, std::abs(double{shared.values[i]} - double{whole.values[i]}));
        apart = std::max(apart, std::abs(double{seldom.values[i]} - double{whole.values[i]}));
    }
    CHECK(largest < 1e-3);
    CHECK(apart > 1e-2);
}

TEST_CASE("windows of one text are those of the prompt, and of two another take", "[engine]") {
    const auto latents_of = [](std::vector<TextCard> cards) {
        ResolvedNight night = night_in_windows(49);
        if (!cards.empty()) night.shots[0].cards = std::move(cards);
        Workshop shop(night);
        Engines engines;
        shop.run_all_up_to("sample01", engines);
        return clip_in(read_plain_arrays(shop.folder_of("sample01") / "latents.safetensors"),
                       "latents",
                       "latents");
    };
    const LatentClip plain = latents_of({});
    const std::string prompt = small_night(49).shots[0].prompt;
    CHECK(latents_of({{0, prompt}}).values == plain.values);
    const LatentClip two = latents_of({{0, prompt}, {30, "a blue box stands on snow"}});
    CHECK(two.values != plain.values);
}

TEST_CASE(
    "a picture in the middle of a take is the frame there, as near as the autoencoder shows it",
    "[engine]") {
    Workshop source(other_night());
    Engines engines;
    source.run_all_up_to("decode", engines);
    const Picture picture = picture_of(source, 1009, "key.png");

    ResolvedNight night = small_night(41);
    night.models[0].pictures_between = PictureUse::taken;
    night.shots[0].keys = {key_of(picture, KeyPlace::between, 22)};
    Workshop shop(night);
    shop.run_all_up_to("decode", engines);
    const auto difference = [&](int number) {
        return mean_difference(
            picture.pixels.rgb,
            display_values(shop.folder_of("decode") / fmt::format("frame.{}.exr", number)));
    };
    // Frame 22 is 1023; its latent frame holds 1022 to 1025.
    CHECK(difference(1023) < 0.03);
    CHECK(difference(1023) < difference(1005) / 2);
}

TEST_CASE("gaps between pictures are apart from each other, and hold the pictures at their ends",
          "[engine]") {
    Workshop source(other_night());
    Engines engines;
    source.run_all_up_to("decode", engines);
    const Picture first = picture_of(source, 1001, "first.png");
    const Picture middle = picture_of(source, 1009, "middle.png");
    const Picture last = picture_of(source, 1017, "last.png");

    ResolvedNight night = small_night(41);
    night.models[0].pictures_between = PictureUse::taken;
    night.shots[0].strategy = Strategy::anchors;
    night.shots[0].overlap_latents = 1;
    night.shots[0].keys = {key_of(first, KeyPlace::start),
                           key_of(middle, KeyPlace::between, 20),
                           key_of(last, KeyPlace::end)};
    Workshop shop(night);
    for (const char* task : {"sample01", "sample02"}) {
        CHECK(inputs_of(shop.task(task).order).size() == 1);  // the encoded pictures alone
    }
    shop.run_all_up_to("assemble", engines);
    const auto difference = [&](const Picture& picture, int number) {
        return mean_difference(
            picture.pixels.rgb,
            display_values(shop.folder_of("assemble") / fmt::format("frame.{}.exr", number)));
    };
    CHECK(difference(first, 1001) < 0.03);
    CHECK(difference(middle, 1021) < 0.03);
    CHECK(difference(last, 1041) < 0.03);
    CHECK(fs::exists(shop.folder_of("assemble") / "frame.1022.exr"));
}

}  // namespace nightreel

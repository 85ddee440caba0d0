#include "pipeline/tasks/run_task.h"

#include <algorithm>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "pipeline/model/tensor/machine_class.h"
#include "pipeline/model/tensor/plain_arrays.h"
#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/png.h"
#include "pipeline/sample/engine.h"
#include "pipeline/takes/publish.h"
#include "pipeline/tasks/latents.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/version.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/made_pictures.h"
#include "tests/unit/tasks/workshop.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t frames_of_two_segments = 29;

std::map<std::string, Digest> digests_in(const fs::path& folder) {
    std::map<std::string, Digest> digests;
    for (const auto& entry : fs::directory_iterator(folder)) {
        digests[entry.path().filename().string()] = digest_of_file(entry.path());
    }
    return digests;
}

void cut_in_half(const fs::path& file) {
    fs::resize_file(file, fs::file_size(file) / 2);
}

void flip_last_byte(const fs::path& file) {
    std::string bytes = read_file(file);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    std::ofstream(file, std::ios::binary) << bytes;
}

Digest lost_by(Workshop& shop, const char* task, Engines& engines) {
    TestObserver observer;
    try {
        shop.run(task, engines, observer);
    } catch (const LostInput& lost) {
        CHECK(lost.kind() == ErrorKind::corrupt);
        return lost.digest();
    }
    FAIL("the damage went unnoticed");
    return {};
}

ErrorKind refusal_of(const TaskRequest& request, std::string* text = nullptr) {
    Engines engines;
    TestObserver observer;
    try {
        run_task(request, engines, observer, SystemClock());
    } catch (const Error& error) {
        if (text != nullptr) *text = error.what();
        return error.kind();
    }
    FAIL("the task was not refused");
    return ErrorKind::internal;
}

}  // namespace

TEST_CASE("the tasks of a take give the same bytes whenever they are run", "[engine]") {
    Workshop first(frames_of_two_segments);
    Workshop second(frames_of_two_segments);
    Engines warm;
    first.run_all_up_to("proxy", warm);
    for (const PlannedTask& task : second.plan().graph.tasks) {
        if (kind_of(task.order) >= TaskKind::publish) continue;
        CAPTURE(task.name);
        Engines cold;
        TestObserver observer;
        second.run(task.name, cold, observer);
        const auto digests = digests_in(second.folder_of(task.name));
        CHECK_FALSE(digests.empty());
        CHECK(digests == digests_in(first.folder_of(task.name)));
    }
}

TEST_CASE("dailies show the takes that are there and say why others are not", "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    TestObserver observer;
    shop.run_all_up_to("proxy", engines);
    commit_take(shop.run("publish", engines, observer).commit->at(0));
    const auto& publish = std::get<PublishOrder>(shop.task("publish").order);
    TaskRequest request = shop.request_for("dailies");
    request.job = JobFacts{7, "key", "ana", "2026-11-21T23:04:05.678Z", 42};
    request.outcomes = {{"sq010_sh0010.take01", publish.folder, ""},
                        {"sq010_sh0010.take02", "", "sq010_sh0010.take02.sample01 failed (crash)"},
                        {"sq010_sh0010.take03", "aurora/gone", ""}};
    request.night = {{"night.yaml", "show: aurora\r\n"}};
    fs::create_directories(request.staging);
    const TaskResult result = run_task(request, engines, observer, SystemClock());
    const fs::path folder = fs::path(shop.plan().roots.at("out")) /
                            parse_json(result.facts, "facts")["folder"].get<std::string>();
    CHECK(folder.filename() == "2026-11-21_7");
    CHECK(fs::equivalent(folder, folder.parent_path() / "latest"));
    CHECK(fs::exists(folder / (publish.base_name + "_h264.mp4")));
    CHECK(read_file(folder / "night/night.yaml") == "show: aurora\r\n");
    const std::string text = read_file(folder / "summary.json");
    CHECK(read_file(fs::path(request.staging) / "summary.json") == text);
    const Json summary = parse_json(text, "summary");
    CHECK(summary["submitter"] == "ana");
    REQUIRE(summary["takes"].size() == 1);
    CHECK(summary["takes"][0]["frames"] == frames_of_two_segments);
    CHECK(summary["takes"][0]["seam_ratio_median"] > 0);
    REQUIRE(summary["failures"].size() == 2);
    CHECK(summary["failures"][0]["what"] == "sq010_sh0010 take 2");
    CHECK_THAT(summary["failures"][0]["reason"].get<std::string>(), Catch::Contains("crash"));
    CHECK_THAT(summary["failures"][1]["reason"].get<std::string>(),
               Catch::Contains("published, but"));
}

TEST_CASE("the record of a take names every task down to its encode, and who ran it", "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("publish", engines);
    const Json record = parse_json(read_file(shop.folder_of("publish") / "publish.json"), "record");
    CHECK(record["published_by"]["host"] == host_name());
    CHECK(record["job"].is_null());  // nobody said which
    std::vector<std::string> made_by;
    for (const Json& task : record["tasks"]) {
        made_by.push_back(
            task["task"].get<std::string>().substr(std::string("sq010_sh0010.").size()));
        CAPTURE(made_by.back());
        CHECK(task["made_by"]["host"] == host_name());
        CHECK(task["made_by"]["device"] == "cpu");
        CHECK(task["made_by"]["nightreel"] == nightreel_version);
        CHECK(task["unknown"].is_null());
    }
    std::sort(made_by.begin(), made_by.end());
    CHECK(made_by == std::vector<std::string>{"encode",
                                              "take01.decode",
                                              "take01.measure",
                                              "take01.proxy",
                                              "take01.sample01",
                                              "take01.sample02"});
}

TEST_CASE("segments of which no record was kept are named, and it is said why nothing is known",
          "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("proxy", engines);
    TaskRequest request = shop.request_for("publish");
    for (InputArtifact& input : request.inputs) {
        input.records.erase(input.records.begin(), input.records.end() - 1);
    }
    fs::create_directories(request.staging);
    TestObserver observer;
    run_task(request, engines, observer, SystemClock());
    const Json record = parse_json(read_file(fs::path(request.staging) / "publish.json"), "record");
    int unknown = 0;
    for (const Json& task : record["tasks"]) unknown += task["unknown"].is_string() ? 1 : 0;
    CHECK(unknown == 2);
}

TEST_CASE("a segment rendered alone is the one of the chain and begins with its history",
          "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("sample02", engines);
    const auto in_chain = digests_in(shop.folder_of("sample02"));
    Engines others;
    TestObserver observer;
    shop.run("sample02", others, observer);
    CHECK(digests_in(shop.folder_of("sample02")) == in_chain);

    const auto latents = [&](const char* task) {
        return read_plain_arrays(shop.folder_of(task) / "latents.safetensors").at("latents");
    };
    const PlainArray before = latents("sample01");
    const PlainArray after = latents("sample02");
    const auto& order = std::get<SampleOrder>(shop.task("sample02").order);
    const auto cells = static_cast<std::size_t>(before.shape[2] * before.shape[3]);
    const auto frames_before = static_cast<std::size_t>(before.shape[1]);
    const auto frames_after = static_cast<std::size_t>(after.shape[1]);
    const auto history = static_cast<std::size_t>(order.history);
    REQUIRE(history == 2);
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(before.shape[0]); ++channel) {
        const auto shared = before.values.begin() +
                            static_cast<std::ptrdiff_t>(
                                (channel * frames_before + frames_before - history) * cells);
        const auto begin =
            after.values.begin() + static_cast<std::ptrdiff_t>(channel * frames_after * cells);
        CHECK(std::equal(shared, shared + static_cast<std::ptrdiff_t>(history * cells), begin));
    }
}

TEST_CASE("a segment's record says how many steps left the network or its guidance out",
          "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("encode", engines);
    TaskRequest request = shop.request_for("sample01");
    auto& order = std::get<SampleOrder>(request.order);
    const auto facts_of = [&] {
        fs::remove_all(request.staging);
        fs::create_directories(request.staging);
        TestObserver observer;
        const TaskResult result = run_task(request, engines, observer, SystemClock());
        return parse_json(result.facts, "facts");
    };
    Json facts = facts_of();
    CHECK(facts["steps_skipped"] == 0);
    CHECK(facts["guidance_reused"] == 0);
    order.sampling.steps = 8;
    order.sampling.step_cache = 0.025;
    order.sampling.guidance_until = 0.75;
    // Says that the network changes by one hundredth a step.
    order.step_cache_fit = {{0, 0, 0, 0, 0.01}, 2};
    facts = facts_of();
    CHECK(facts["steps_skipped"] == 4);
    CHECK(facts["guidance_reused"] == 2);
}

TEST_CASE("a noise seed that is given to another shot is the same pixels, found in the store",
          "[engine]") {
    Workshop derived(frames_of_two_segments);
    const auto& record = std::get<PublishOrder>(derived.task("publish").order).take;
    CHECK(record.seed == 7);
    ResolvedNight night = small_night(frames_of_two_segments);
    night.show = "borealis";
    night.shots[0].name = "b_010";
    night.shots[0].take_seeds = {1, std::stoull(record.noise_seed, nullptr, 16)};
    night.shots[0].seed_is_given = true;
    night.shots[0].takes = 2;
    Workshop given(night);
    Engines engines;
    derived.run_all_up_to("decode", engines);
    CHECK(given.task("take02.sample02").digest == derived.task("sample02").digest);
    CHECK(given.task("take01.sample02").digest != derived.task("sample02").digest);
    for (const char* task : {"encode", "take02.sample01", "take02.sample02", "take02.decode"}) {
        TestObserver observer;
        given.run(task, engines, observer);
    }
    CHECK(digests_in(given.folder_of("take02.sample02")) ==
          digests_in(derived.folder_of("sample02")));
    for (const char* frame : {"frame.1001.exr", "frame.1029.exr"}) {
        CHECK(read_exr(given.folder_of("take02.decode") / frame).scene.rgb ==
              read_exr(derived.folder_of("decode") / frame).scene.rgb);
    }
}

TEST_CASE("a strict task is refused on another device class, before anything is done", "[engine]") {
    ResolvedNight night = small_night(17);
    night.shots[0].reproducible_strict = true;
    night.shots[0].device_class = "cpu of another kind threads=1";
    const Workshop elsewhere(night);
    fs::create_directories(elsewhere.folder_of("encode"));
    std::string text;
    CHECK(refusal_of(elsewhere.request_for("encode"), &text) == ErrorKind::unfit);
    CHECK_THAT(text, Catch::Contains("'cpu of another kind threads=1'"));
    CHECK_THAT(text, Catch::Contains(machine_class("cpu", 1, {})));

    night.shots[0].device_class = machine_class("cpu", 1, {});
    Workshop here(night);
    Engines engines;
    here.run_all_up_to("sample01", engines);
    fs::create_directories(here.folder_of("decode"));
    TaskRequest with_more_threads = here.request_for("decode");
    with_more_threads.threads = 2;
    CHECK(refusal_of(with_more_threads) == ErrorKind::unfit);
}

TEST_CASE("lean tasks give the same bytes, whatever was open before", "[engine]") {
    Workshop usual(frames_of_two_segments);
    Engines engines;
    usual.run_all_up_to("decode", engines);
    Workshop lean(frames_of_two_segments);
    for (const char* task : {"encode", "sample01", "sample02", "decode"}) {
        fs::create_directories(lean.folder_of(task));
        TaskRequest request = lean.request_for(task);
        request.lean = true;
        TestObserver observer;
        run_task(request, engines, observer, SystemClock());
        CAPTURE(task);
        CHECK(digests_in(lean.folder_of(task)) == digests_in(usual.folder_of(task)));
    }
}

TEST_CASE("frames carry number, rate and colour, and progress only grows", "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("sample02", engines);
    TestObserver observer;
    const TaskResult result = shop.run("decode", engines, observer);
    CHECK(std::is_sorted(observer.fractions.begin(), observer.fractions.end()));
    CHECK(observer.fractions.back() == 1);
    CHECK(observer.last_text == "frame 29 of 29");
    CAPTURE(result.facts);
    const Json frames = member_of(parse_json(result.facts, "facts"), "frames");
    CHECK(frames.dump() == std::to_string(frames_of_two_segments));
    CHECK(result.memory_bytes > 0);
    CHECK_FALSE(result.device_class.empty());

    CHECK(digests_in(shop.folder_of("decode")).size() == frames_of_two_segments + 1);
    const ExrPicture picture = read_exr(shop.folder_of("decode") / "frame.1029.exr");
    CHECK(picture.rate == FrameRate{12, 1});
    CHECK(picture.timecode == timecode_of(1029, {12, 1}));
    CHECK(working_space_of(picture) == WorkingSpace::rec709);
    CHECK(picture.scene.width == 96);
    CHECK(picture.scene.height == 64);
}

TEST_CASE("a task that is asked to stop ends as cancelled, in the middle", "[engine]") {
    Workshop shop(17);
    Engines engines;
    shop.run_all_up_to("encode", engines);
    TestObserver patient;
    shop.run("sample01", engines, patient);
    const Digest whole = digest_of_file(shop.folder_of("sample01") / "latents.safetensors");
    // While weights are read, between two blocks of a pass, and after the last step.
    for (const int stop_at : {2, patient.asked / 2, patient.asked}) {
        CAPTURE(stop_at);
        Engines fresh;
        TestObserver hurried(stop_at);
        try {
            shop.run("sample01", fresh, hurried);
            FAIL("it went on");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::cancelled);
        }
        CHECK(hurried.asked == stop_at);
        TestObserver other;
        shop.run("sample01", fresh, other);  // the engine is as good as before
        CHECK(digest_of_file(shop.folder_of("sample01") / "latents.safetensors") == whole);
    }
}

TEST_CASE("every long part of a task shows that it goes on, and how far it is", "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    TestObserver encode;
    shop.run("encode", engines, encode);
    // Hashing the text encoder and each of its layers.
    CHECK(encode.beats >= 3);
    CHECK_THAT(encode.notes.back(), Catch::Contains("text_encoder"));

    TestObserver sample;
    shop.run("sample01", engines, sample);
    const auto steps = std::count_if(
        sample.fractions.begin(), sample.fractions.end(), [](double f) { return f > 0; });
    REQUIRE(steps >= 2);
    // From inside every step: more than its end, never beyond it, never back.
    CHECK(sample.beats > 2 * steps);
    CHECK(std::is_sorted(sample.fractions_inside.begin(), sample.fractions_inside.end()));
    CHECK(sample.fractions_inside.back() < 1);
    CHECK(sample.fractions_inside.back() > 1 - 1.0 / static_cast<double>(steps));
    CHECK(sample.fractions_inside.back() > *(sample.fractions.end() - 2));

    TestObserver other;
    shop.run("sample02", engines, other);
    TestObserver decode;
    shop.run("decode", engines, decode);
    CHECK(decode.beats >= 8);  // one for each latent frame
}

TEST_CASE("a damaged or missing input is named as lost", "[engine]") {
    Workshop shop(frames_of_two_segments);
    Engines engines;
    shop.run_all_up_to("decode", engines);
    cut_in_half(shop.folder_of("decode") / "frame.1007.exr");
    CHECK(lost_by(shop, "measure", engines) == shop.task("decode").digest);
    CHECK(lost_by(shop, "proxy", engines) == shop.task("decode").digest);
    cut_in_half(shop.folder_of("sample01") / "latents.safetensors");
    CHECK(lost_by(shop, "decode", engines) == shop.task("sample01").digest);
    CHECK(lost_by(shop, "sample02", engines) == shop.task("sample01").digest);
    fs::remove_all(shop.folder_of("encode"));
    CHECK(lost_by(shop, "sample01", engines) == shop.task("encode").digest);
    fs::copy(shop.folder_of("sample02"), shop.folder_of("encode"));
    CHECK(lost_by(shop, "sample01", engines) == shop.task("encode").digest);
}

TEST_CASE("a model whose bytes or card changed is refused before it is used", "[engine]") {
    Workshop shop(17);
    const fs::path root = shop.root() / "models";
    fs::create_directories(root);
    fs::copy("models/toybox", root / "toybox", fs::copy_options::recursive);
    fs::create_directories(shop.folder_of("encode"));
    TaskRequest request = shop.request_for("encode");
    request.model_roots = {root.string()};

    std::string text;
    for (const char* name : {"text_encoder/model.safetensors", "text_encoder/config.json"}) {
        const fs::path file = root / "toybox" / name;
        CAPTURE(file.string());
        flip_last_byte(file);
        CHECK(refusal_of(request, &text) == ErrorKind::bad_input);
        CHECK_THAT(text, Catch::Contains(file.string()));
        flip_last_byte(file);
    }

    auto& order = std::get<EncodeOrder>(request.order);
    order.model.digest = digest_of("another card");
    CHECK(refusal_of(request, &text) == ErrorKind::bad_input);
    CHECK_THAT(text, Catch::Contains("submit the night again"));
    order.model.folder = (shop.root() / "nowhere").string();
    request.model_roots = {};
    CHECK(refusal_of(request, &text) == ErrorKind::unavailable);
}

TEST_CASE("a take begins with the picture that its night gives", "[engine]") {
    const TemporaryFolder pictures;
    const fs::path file = pictures.path() / "open.png";
    FrameRgb picture{96, 64, {}};
    for (int i = 0; i < 96 * 64 * 3; ++i) picture.rgb.push_back(static_cast<float>(i % 256) / 255);
    write_png(file, picture);
    Workshop shop(frames_of_two_segments, file);
    Engines engines;
    shop.run_all_up_to("sample02", engines);
    const LatentClip first = read_latents(shop.folder_of("sample01"), {16, 8, 12}, 5);
    Engine& engine = engines.of({.model = std::get<SampleOrder>(shop.task("sample01").order).model,
                                 .device = "cpu",
                                 .threads = 1});
    CHECK(slice(first, 0, 1) == engine.encode_picture(picture));
    // The second segment begins with the first one's end.
    const LatentClip second = read_latents(shop.folder_of("sample02"), {16, 8, 12}, 5);
    CHECK(slice(second, 0, 2) == slice(first, 3, 2));

    write_png(file, {96, 64, std::vector<float>(96 * 64 * 3, 0.5F)});
    std::string text;
    fs::remove_all(shop.folder_of("encode"));
    fs::create_directories(shop.folder_of("encode"));
    CHECK(refusal_of(shop.request_for("encode"), &text) == ErrorKind::bad_input);
    CHECK_THAT(text, Catch::Contains("the take's beginning has changed"));
}

TEST_CASE("an order that says other of a picture than the picture itself is refused", "[engine]") {
    const TemporaryFolder pictures;
    const fs::path file = pictures.path() / "turned.png";
    const std::string turned = made::file(
        made::Png{.width = 96, .height = 64, .chunks = made::png_chunk("eXIf", made::exif(3))});
    write_file_atomically(file, turned);
    Workshop shop(17, file);
    fs::create_directories(shop.folder_of("encode"));
    // As versions planned it that did not turn pictures: its result would have another's name.
    TaskRequest request = shop.request_for("encode");
    std::string text;
    CHECK(refusal_of(request, &text) == ErrorKind::bad_input);
    CHECK_THAT(text, Catch::Contains("submit the night again"));

    std::get<EncodeOrder>(request.order).keys.at(0).reading = PictureReading{.orientation = 3};
    Engines engines;
    TestObserver observer;
    run_task(request, engines, observer, SystemClock());
    CHECK(fs::exists(shop.folder_of("encode") / "encoded.safetensors"));
}

TEST_CASE("an order that cannot be done is refused as bad input", "[engine]") {
    Workshop shop(17);
    Engines engines;
    shop.run_all_up_to("sample01", engines);
    fs::create_directories(shop.folder_of("decode"));
    TaskRequest request = shop.request_for("decode");
    auto& decode = std::get<DecodeOrder>(request.order);
    decode.pieces[0].latent_first = 1;
    CHECK(refusal_of(request) == ErrorKind::bad_input);
    decode.pieces[0].latent_first = 0;
    decode.frames.last += 1;
    CHECK(refusal_of(request) == ErrorKind::bad_input);

    request = shop.request_for("sample01");
    CHECK(refusal_of(request) == ErrorKind::bad_input);  // its folder holds a result
    request.staging = (shop.root() / "nowhere").string();
    CHECK(refusal_of(request) == ErrorKind::unavailable);
}

}  // namespace nightreel

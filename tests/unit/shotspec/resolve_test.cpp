#include "shotspec/resolve/resolve.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "shotspec/base/files.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

std::string two_shots(const std::string& first, const std::string& second) {
    return "nightreel: 1\nshow: aurora\nseed: 5\ndefaults: { model: toybox, steps: 30 }\nshots:\n"
           "  - { shot: sq010_sh0010, prompt: x, duration: 8s, " +
           first +
           " }\n"
           "  - { shot: sh0020, prompt: x, duration: 8s, " +
           second + " }\n";
}

}  // namespace

TEST_CASE("settings come from the shot, else the defaults, else the model", "[shotspec]") {
    const CheckedNight checked =
        check_text(two_shots("steps: 7, seed: 18446744073709551615", "quality: draft"));
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    const ResolvedShot& first = checked.night->shots[0];
    const ResolvedShot& second = checked.night->shots[1];
    CHECK(first.sampling.steps == 7);
    CHECK(second.sampling.steps == 30);
    CHECK(first.seed == 18'446'744'073'709'551'615U);
    CHECK(second.seed == 5);
    CHECK(first.sequence == "sq010");
    CHECK(second.sequence == "shots");
    CHECK(first.size == PictureSize{96, 64});
    CHECK(first.rate == FrameRate{12, 1});
    CHECK(first.takes == 1);
    CHECK(first.quality == Quality::final);
    CHECK(first.segment_latents == 5);
    CHECK(first.overlap_latents == 2);
    CHECK(first.sampling.solver == Solver::euler);
    CHECK(second.quality == Quality::draft);
    CHECK(checked.night->models.size() == 1);
}

TEST_CASE("delivered are handles, the cut, and handles again, from first_frame", "[shotspec]") {
    const ResolvedShot plain = resolved_shot("duration: 8s");
    CHECK(plain.frames == FrameRange{1001, 1096});
    const ResolvedShot handles = resolved_shot("duration: 8s\nhandles: 8");
    CHECK(handles.frames == FrameRange{1001, 1112});
    const ResolvedShot moved = resolved_shot("frames: 96\nhandles: 8\nfirst_frame: 0");
    CHECK(moved.frames == FrameRange{0, 111});
}

TEST_CASE("durations, ranges and handles count delivered frames at any rate", "[shotspec]") {
    const ResolvedShot conform = resolved_shot("duration: 2s\nfps: 24\nrate: conform\nhandles: 4");
    CHECK(conform.frames == FrameRange{1001, 1056});
    CHECK(conform.rate == FrameRate{24, 1});
    CHECK(model_rate(conform) == FrameRate{12, 1});
    CHECK_FALSE(conform.delivered);
    const ResolvedShot hold = resolved_shot("duration: 2s\nfps: 24\nrate: hold\nhandles: 4");
    CHECK(delivered_frames(hold) == FrameRange{1001, 1056});
    CHECK(hold.frames == FrameRange{1001, 1028});
    const ResolvedShot blend = resolved_shot("range: 1001-1048\nfps: 24\nrate: blend");
    CHECK(delivered_frames(blend) == FrameRange{1001, 1048});
    CHECK(blend.frames.count() == 25);
    CHECK(delivered_rate(blend) == FrameRate{24, 1});
    CHECK_FALSE(resolved_shot("duration: 2s\nfps: 12\nrate: hold").rate_change);
}

TEST_CASE("another rate than the model's is never served without a word", "[shotspec]") {
    const CheckedNight checked = check_text(two_shots("fps: 24", "fps: 24000/1001, rate: conform"));
    const std::string said = complaints_of(checked);
    CHECK_THAT(said, Catch::Contains("rate: conform") && Catch::Contains("fps: 12"));
    CHECK_THAT(said, Catch::Contains("shots[0]") || Catch::Contains("7:"));
}

TEST_CASE("a range names the frames of the cut; handles lie outside", "[shotspec]") {
    CHECK(resolved_shot("range: 1001-1096").frames == FrameRange{1001, 1096});
    CHECK(resolved_shot("range: 1009-1104\nhandles: 8").frames == FrameRange{1001, 1112});
    CHECK(complaints_of(check_shot("range: 3-10\nhandles: 8")).find("are numbered -5 to 18") !=
          std::string::npos);
    CHECK(complaints_of(check_shot("range: 3-10\nfirst_frame: 1")).find("keep one") !=
          std::string::npos);
}

TEST_CASE("three ways to say a length give the same shot", "[shotspec]") {
    const auto digest = [](const std::string& lines) { return check_shot(lines).night->digest; };
    CHECK(digest("duration: 8s") == digest("frames: 96"));
    CHECK(digest("duration: 96f") == digest("range: 1001-1096"));
    CHECK(digest("duration: 8s") == digest("duration: 8.0s"));
}

TEST_CASE("the digest follows what is rendered, not how it is written", "[shotspec]") {
    const auto digest = [](const std::string& lines) { return check_shot(lines).night->digest; };
    const Digest plain = digest("duration: 8s");
    CHECK(digest("takes: 1\nduration:   8s  # a comment") == plain);
    CHECK(digest("duration: 8s\ntakes: 2") == plain);
    for (const char* other : {"duration: 9s",
                              "duration: 8s\nseed: 1",
                              "duration: 8s\nseeds: [1234]",
                              "duration: 8s\nsteps: 7",
                              "duration: 8s\nnegative: fog",
                              "duration: 8s\noverlap: 4f"}) {
        INFO(other);
        CHECK(digest(other) != plain);
    }
}

TEST_CASE("pictures come in the order in which characters are named", "[shotspec]") {
    TemporaryFolder folder;
    const std::string exr =
        made::file(made::Exr{.stored = {0, 0, 95, 63}, .shown = {0, 0, 95, 63}});
    write_file_atomically(folder.path() / "a.png", made::png(96, 64));
    write_file_atomically(folder.path() / "b.exr", exr);
    const std::string text =
        "nightreel: 1\nshow: aurora\ndefaults: { model: toybox }\ncharacters:\n"
        "  a: { prompt: a star, references: [a.png] }\n"
        "  b: { prompt: a ball, references: [b.exr] }\n"
        "shots:\n  - { shot: s1, prompt: \"{b}\", frames: 9 }\n"
        "  - { shot: s2, prompt: \"{b} {b}\", frames: 9 }\n"
        "  - { shot: s3, prompt: \"nobody\", frames: 9 }\n";
    const CheckedNight checked = check_text(text, {}, folder.path() / "night.yaml");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    for (const std::size_t i : {0U, 1U}) {
        REQUIRE(checked.night->shots[i].references.size() == 1);
        CHECK(checked.night->shots[i].references[0].digest == digest_of(exr));
    }
    CHECK(checked.night->shots[2].references.empty());
    const CheckedNight both = check_text(text + "  - { shot: s4, prompt: \"{a}{b}\", frames: 9 }\n",
                                         {},
                                         folder.path() / "night.yaml");
    CHECK(complaints_of(both).find(
              "have 2 reference pictures (a 1, b 1); toybox takes at most 1 a shot: ") !=
          std::string::npos);
}

TEST_CASE("a reference has to be a picture that is there", "[shotspec]") {
    TemporaryFolder folder;
    write_file_atomically(folder.path() / "mira.png", std::string_view("GIF89a"));
    const auto complaint = [&](const std::string& reference) {
        const std::string text =
            "nightreel: 1\nshow: aurora\ncharacters:\n  a: { prompt: a star, references: [" +
            reference + "] }\nshots: [{ shot: s, prompt: x, frames: 9, model: toybox }]\n";
        return check_text(text, {}, folder.path() / "night.yaml").diagnostics.at(0).message;
    };
    CHECK(complaint("mira.png") ==
          "mira.png: is a GIF picture; convert it to PNG, JPEG or OpenEXR");
    CHECK(complaint("mria.png") == "mria.png: there is no such file; did you mean mira.png?");
    CHECK(complaint(".") == ".: is not a file");
    std::filesystem::create_directory(folder.path() / "refs");
    CHECK(complaint("refs") == "refs: is a folder, not a file");
    CHECK(complaint("\"\"") == "expected the name of a file");
    std::filesystem::create_symlink("nothere.png", folder.path() / "dangling.png");
    CHECK(complaint("dangling.png") ==
          "dangling.png: is a link to nothere.png, which does not exist");
    std::filesystem::create_symlink("loop.png", folder.path() / "loop.png");
    CHECK(complaint("loop.png") ==
          "loop.png: cannot be read: Too many levels of symbolic links; symbolic links lead in a "
          "circle");
    const std::string slips[][2] = {
        {"..\\refs\\mira.png", "write / between folders, not \\"},
        {"\"https://a.example/mira.png\"", "URLs are not read: download the file"},
        {"\"file:///refs/mira.png\"", "write the path without file://"},
        {"~/mira.png", "~ is not replaced by a home folder: write the whole path"},
        {"C:/mira.png", "drives of Windows are not known here"}};
    for (const auto& [written, remedy] : slips) {
        CAPTURE(written);
        CHECK(complaint(written).find(": there is no such file; " + remedy) != std::string::npos);
    }
}

TEST_CASE("a file that this user may not read is told with the cause", "[shotspec]") {
    if (::geteuid() == 0) return;  // reads everything
    TemporaryFolder folder;
    write_file_atomically(folder.path() / "mira.png", made::png(96, 64));
    std::filesystem::permissions(folder.path() / "mira.png", std::filesystem::perms::none);
    const std::string text =
        "nightreel: 1\nshow: aurora\ncharacters:\n  a: { prompt: a star, references: [mira.png] }\n"
        "shots: [{ shot: s, prompt: x, frames: 9, model: toybox }]\n";
    CHECK(check_text(text, {}, folder.path() / "night.yaml")
              .diagnostics.at(0)
              .message.starts_with("mira.png: cannot be read: Permission denied; "));
}

TEST_CASE("one wrong default is told once, not once a shot", "[shotspec]") {
    const CheckedNight checked = check_text(
        "nightreel: 1\nshow: aurora\ndefaults: { model: toybox, size: 97x64 }\nshots:\n"
        "  - { shot: a, prompt: x, frames: 9 }\n  - { shot: b, prompt: x, frames: 9 }\n");
    CHECK(complaints_of(checked) ==
          "night.yaml:3:34: defaults.size: toybox does not make 97x64; the nearest size it makes "
          "is 96x64\n");
}

TEST_CASE("segments, overlaps and lengths have to fit the model", "[shotspec]") {
    CHECK(resolved_shot("duration: 8s\nsegment: 33f\noverlap: 16f").overlap_latents == 4);
    CHECK(complaints_of(check_shot("duration: 8s\nsegment: 17f\noverlap: 20f"))
              .find("the overlap of 20f must be shorter than a segment, which has 17f") !=
          std::string::npos);
    CHECK(complaints_of(check_shot("frames: 1000000\nhandles: 1"))
              .find("1000002 frames with handles; a take has at most 1000000") !=
          std::string::npos);
    CHECK(complaints_of(check_shot("frames: 9\nfirst_frame: 9999999"))
              .find("expected 0 to 9999999") != std::string::npos);
    CHECK(complaints_of(check_shot("frames: 9\nfps: 24")).find("or fps: 12") != std::string::npos);
    CHECK(check_shot("frames: 9\nfps: 24/2").night);
}

TEST_CASE("fewer takes to keep than there are means that they are ranked", "[shotspec]") {
    CHECK(resolved_shot("frames: 9\ntakes: { count: 4 }").takes == 4);
    const ResolvedShot all = resolved_shot("frames: 9\ntakes: { count: 4, keep: 4 }");
    CHECK(all.takes == 4);
    CHECK_FALSE(all.keep);
    const ResolvedShot best = resolved_shot("frames: 9\ntakes: { count: 4, keep: 1 }");
    CHECK(best.takes == 4);
    CHECK(best.keep == 1);
    CHECK_FALSE(best.at_most);
    const ResolvedShot more = resolved_shot("frames: 9\ntakes: { count: 2, keep: 2, at_most: 6 }");
    CHECK(more.keep == 2);
    CHECK(takes_at_most(more) == 6);
    const auto complaint = [](const char* takes) {
        return complaints_of(check_shot(std::string("frames: 9\ntakes: ") + takes));
    };
    CHECK_THAT(complaint("{ count: 4, keep: 5 }"), Catch::Contains("5 of 4 takes cannot be kept"));
    CHECK_THAT(complaint("{ count: 4, at_most: 8 }"), Catch::Contains("at_most: needs keep"));
    CHECK_THAT(complaint("{ count: 4, keep: 1, at_most: 3 }"),
               Catch::Contains("at_most: 3 is less than count: 4"));
    CHECK_THAT(complaints_of(check_shot(
                   "frames: 9\nseeds: [1, 2]\ntakes: { count: 2, keep: 1, at_most: 3 }")),
               Catch::Contains("no seed in seeds"));
    CHECK(resolved_shot("frames: 9\nseeds: [1, 2]\ntakes: { count: 2, keep: 1 }").keep == 1);
}

TEST_CASE("a list of seeds is a take for each, in its order", "[shotspec]") {
    using Seeds = std::vector<std::uint64_t>;
    const ResolvedShot plain = resolved_shot("frames: 9\ntakes: 3\nseed: 8");
    CHECK(plain.take_seeds.empty());
    CHECK(plain.seed == 8);
    CHECK(plain.seed_is_given == true);
    CHECK_FALSE(resolved_shot("frames: 9").seed_is_given);
    const ResolvedShot listed = resolved_shot("frames: 9\nseeds: [9, 18446744073709551615, 9]");
    CHECK(listed.seed_is_given == true);
    CHECK(listed.take_seeds == Seeds{9, 18'446'744'073'709'551'615U, 9});
    CHECK(listed.takes == 3);
    CHECK(resolved_shot("frames: 9\nseeds: [4, 5]\ntakes: 2").takes == 2);
    std::string most = "0";
    for (int count = 1; count < takes_max; ++count) most += ", 1";
    CHECK(resolved_shot("frames: 9\nseeds: [" + most + "]").takes == takes_max);
    CHECK(complaints_of(check_shot("frames: 9\nseeds: [" + most + ", 1]"))
              .find("seeds: 100 seeds are too many; a shot has at most 99 takes") !=
          std::string::npos);
}

TEST_CASE("a seed is written as a decimal or, as publish.json has it, a hexadecimal number",
          "[shotspec]") {
    CHECK(resolved_shot("frames: 9\nseed: 0xfedcba9876543210").seed == 0xfedc'ba98'7654'3210U);
    CHECK(resolved_shot("frames: 9\nseeds: [0x2a]").take_seeds == std::vector<std::uint64_t>{42});
    for (const char* wrong : {"0x", "0xg", "-0x1", "0x-1", "0x1ffffffffffffffff", "x1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(check_shot("frames: 9\nseed: " + std::string(wrong)).night);
    }
}

TEST_CASE("seeds that leave open what is meant are complained of, once each", "[shotspec]") {
    const auto complaint = [](const std::string& lines) {
        const CheckedNight checked = check_shot("frames: 9\n" + lines);
        INFO(lines << "\n" << complaints_of(checked));
        REQUIRE(checked.diagnostics.size() == 1);
        CHECK_FALSE(checked.night);
        return complaints_of(checked);
    };
    CHECK_THAT(complaint("seeds: []"), Catch::Contains("seeds: is empty"));
    CHECK_THAT(complaint("seeds: 5"), Catch::Contains("seeds: expected a list"));
    CHECK_THAT(complaint("seeds: [1, -1]"), Catch::Contains("seeds[1]: -1 is out of range"));
    CHECK_THAT(complaint("seeds: [1]\nseed: 1"), Catch::Contains("keep one"));
    CHECK_THAT(complaint("seeds: [1, 2]\ntakes: 3"),
               Catch::Contains("takes: is 3, but seeds has 2"));
    CHECK_THAT(complaint("seeds: [1, 2]\ntakes: 1"),
               Catch::Contains("takes: is 1, but seeds has 2"));
}

TEST_CASE("a shot's seeds go before the takes of the defaults and the show's seed", "[shotspec]") {
    const auto night = [](const std::string& seed) {
        return check_text("nightreel: 1\nshow: aurora\nseed: " + seed +
                          "\ndefaults: { model: toybox, takes: 4 }\nshots:\n"
                          "  - { shot: a, prompt: x, frames: 9, seeds: [1, 2] }\n");
    };
    const CheckedNight checked = night("5");
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots[0].takes == 2);
    CHECK(night("6").night->digest == checked.night->digest);
}

TEST_CASE("an output template stays below the output root", "[shotspec]") {
    CHECK(resolved_shot("frames: 9\noutput: \"{show}/v{version:03}/{shot}\"").output ==
          "{show}/v{version:03}/{shot}");
    for (const char* wrong : {"/tmp/{shot}", "../{shot}", "{shot", "shot}", "{{shot}}", "{shto}"}) {
        INFO(wrong);
        CHECK(check_shot(std::string("frames: 9\noutput: \"") + wrong + "\"").diagnostics.size() ==
              1);
    }
}

TEST_CASE("a model that is not there is told once a place, with what there is", "[shotspec]") {
    CHECK(complaints_of(check_shot("frames: 9\nmodel: toybxo")).find("did you mean toybox?") !=
          std::string::npos);
    const std::string text =
        "nightreel: 1\nshow: aurora\nshots: [{ shot: s, prompt: x, frames: 9 }]\n";
    CHECK(complaints_of(check_text(text)) ==
          "night.yaml:3:9: shots[0].model: is missing; there is toybox\n");
    const CheckedNight none = check_night(DocumentSource{"night.yaml", text, {}}, {"/nowhere"});
    CHECK(complaints_of(none).find("there is none in /nowhere") != std::string::npos);
}

TEST_CASE("a size beside the listed ones is taken where the card allows it, with its own shift",
          "[shotspec]") {
    const TemporaryFolder models;
    const auto check = [&](const std::string& more, const std::string& size) {
        write_file_atomically(
            models.path() / "roomy/model.yaml",
            "name: roomy\nfamily: wan2.1-t2v\nlicence: x\ntraining_data: x\nsizes: [96x64]\n"
            "size_max: 256\nrate: 12\nhistory: true\nshift_by_size: [{ size: 128x80, shift: 3 "
            "}]\n" +
                more);
        const std::string text =
            "nightreel: 1\nshow: aurora\ndefaults: { model: roomy, size: " + size +
            " }\nshots:\n  - { shot: a, prompt: x, frames: 9 }\n"
            "  - { shot: b, prompt: x, frames: 9 }\n";
        return check_night(DocumentSource{"night.yaml", text, {}}, {models.path()});
    };
    std::filesystem::create_directories(models.path() / "roomy");
    CHECK(complaints_of(check("", "128x80")).find("does not make 128x80") != std::string::npos);
    const CheckedNight other = check("other_sizes: true\n", "128x80");
    INFO(complaints_of(other));
    REQUIRE(other.night);
    CHECK(other.night->shots[0].sampling.shift == 3.0);
    REQUIRE(other.diagnostics.size() == 1);  // once, though both shots have it
    CHECK(complaints_of(other).find("warning: defaults.size: 128x80 has more pixels than") !=
          std::string::npos);
    const CheckedNight listed = check("other_sizes: true\n", "96x64");
    REQUIRE(listed.night);
    CHECK(listed.diagnostics.empty());
    CHECK(listed.night->shots[0].sampling.shift == 5.0);
}

}  // namespace nightreel

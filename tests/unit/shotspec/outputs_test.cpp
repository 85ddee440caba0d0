// Folders of takes: which collide, and which will not work later or elsewhere.
#include <string>

#include <catch2/catch.hpp>

#include "shotspec/night/output_template.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

std::string shot_line(const std::string& name, const std::string& rest) {
    return "  - { shot: " + name + ", prompt: \"{mira} jumps\", frames: 9" + rest + " }\n";
}

CheckedNight night_of(const std::string& shots) {
    return check_text(night_head + shots);
}

std::string output(const std::string& text) {
    return ", output: \"" + text + "\"";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("two takes in one folder are told with both places", "[shotspec]") {
    const std::string all = output("{show}/v{version:03}");
    CHECK(complaints_of(night_of(shot_line("a", all) + shot_line("b", all))) ==
          "night.yaml:9:59: shots[1].output: b take 1 would be written to aurora/v001, as a take 1 "
          "(night.yaml line 8) is; name {shot} and {take} in the template\n");
    const std::string each = output("{show}/{shot}/v{version:03}");
    CHECK(contains(complaints_of(night_of(shot_line("a", ", takes: 3" + each))),
                   "a take 2 would be written to aurora/a/v001, as a take 1"));
    CHECK(complaints_of(night_of(shot_line("a", each) + shot_line("b", each))).empty());
    // Another template, the same folder.
    CHECK_FALSE(night_of(shot_line("a", output("x/v{version}/2")) +
                         shot_line("b", ", takes: 2" + output("x/v{version}/{take}")))
                    .night);
    // A template of the defaults is told where it was written.
    const std::string text =
        "nightreel: 1\nshow: aurora\ndefaults: { model: toybox, output: "
        "\"v{version}\" }\nshots:\n";
    CHECK(contains(complaints_of(check_text(text + "  - { shot: a, prompt: x, frames: 9 }\n"
                                                   "  - { shot: b, prompt: x, frames: 9 }\n")),
                   "night.yaml:3:36: defaults.output: b take 1"));
}

TEST_CASE("a shot that is named twice is told once", "[shotspec]") {
    CHECK(night_of(shot_line("a", "") + shot_line("a", "")).diagnostics.size() == 1);
}

TEST_CASE("a take lies in no other take, nor where dailies and results are kept", "[shotspec]") {
    CHECK(contains(complaints_of(night_of(shot_line("a", output("x/v{version}")) +
                                          shot_line("b", output("x/v{version}/b")))),
                   "b take 1 would be written to x/v1/b, inside the folder of a take 1"));
    for (const char* const wrong : {"{show}/dailies",
                                    "{show}/dailies/v{version}",
                                    "{show}/Dailies/v{version}",
                                    "{show}",
                                    ".nightreel/v{version}"}) {
        CAPTURE(wrong);
        const CheckedNight checked = night_of(shot_line("a", output(wrong)));
        CHECK_FALSE(checked.night);
        CHECK(contains(complaints_of(checked), "is kept for"));
    }
    CHECK(night_of(shot_line("a", output("{show}/dailies_v{version}"))).diagnostics.empty());
}

TEST_CASE("a template without a version is warned of", "[shotspec]") {
    const CheckedNight checked = night_of(shot_line("a", output("{show}/{shot}/take{take}")));
    CHECK(checked.night);
    CHECK(contains(complaints_of(checked), "warning: shots[0].output: has no {version}"));
}

TEST_CASE("names that other systems take for one, or refuse, are warned of", "[shotspec]") {
    const auto warnings = [](const std::string& shots) {
        const CheckedNight checked = night_of(shots);
        CHECK(checked.night);
        return complaints_of(checked);
    };
    CHECK(warnings(shot_line("SH010", "") + shot_line("sh010", "")) ==
          "night.yaml:9:13: warning: shots[1].shot: aurora/shots/sh010/v001/take01 differs only by "
          "case from the folder of SH010 take 1 (night.yaml line 8): on Windows and macOS both are "
          "one\n");
    for (const char* const device : {"con", "NUL", "aux", "Prn", "com1", "LPT9", "con_010"}) {
        CAPTURE(device);
        CHECK(contains(warnings(shot_line(device, "")), "warning: shots[0].shot"));
    }
    for (const char* const fine : {"com", "com0", "console", "auxiliary_010", "nulls"}) {
        CAPTURE(fine);
        CHECK(warnings(shot_line(fine, "")).empty());
    }
    CHECK(contains(warnings(shot_line("a", output("v{version}./x"))), "ends with a dot"));
    CHECK(contains(warnings(shot_line("a", output("v{version} /x"))), "ends with a space"));
    CHECK(contains(warnings(shot_line("a", output("v{version}/a:b"))), "has : in it"));
    CHECK(contains(warnings(shot_line("a", output("v{version}/e\u0301"))), "(NFC)"));
    CHECK(warnings(shot_line("a", output("v{version}/\u00E9"))).empty());
    const std::string named = check_text(
                                  "nightreel: 1\nshow: aurora.\nshots:\n"
                                  "  - { shot: a, prompt: x, frames: 9, model: toybox }\n")
                                  .diagnostics.at(0)
                                  .path;
    CHECK(named == "show");
}

TEST_CASE("a folder with a name or a path that is too long is refused where it is written",
          "[shotspec]") {
    const std::string whole(take_folder_name_bytes_max, 'a');
    CHECK(night_of(shot_line("a", output("v{version}/" + whole))).diagnostics.empty());
    const std::string wide(folder_name_bytes_max, 'b');
    CHECK(night_of(shot_line("a", output(wide + "/v{version}"))).diagnostics.empty());
    CHECK(
        complaints_of(night_of(shot_line("a", output("v{version}/" + whole + "a")))) ==
        "night.yaml:8:59: shots[0].output: the folder name aaaaaaaaaaaaaaaa... has 224 bytes: the "
        "limit is 223, because publishing adds to it while it writes\n");
    CHECK(contains(complaints_of(night_of(shot_line("a", output(wide + "b/v{version}")))),
                   "has 256 bytes: the limit is 255\n"));
    // By what the names make of it, not by the template.
    const std::string name(64, 'n');
    std::string repeated = "v{version}_";
    for (int i = 0; i < 4; ++i) repeated += "{shot}";
    CHECK(contains(complaints_of(night_of(shot_line(name, output(repeated)))),
                   "shots[0].output: the folder name v1_nnnnnnnnnnnnn... has 259 bytes"));
    std::string deep;
    while (deep.size() <= take_path_bytes_max) deep += wide + "/";
    CHECK(contains(complaints_of(night_of(shot_line("a", output(deep + "v{version}")))),
                   "the folder's path has"));
}

TEST_CASE("an empty template, and a shell's word for a folder, are refused", "[shotspec]") {
    CHECK(complaints_of(night_of(shot_line("a", output("")))) ==
          "night.yaml:8:59: shots[0].output: is empty; expected a folder such as "
          "{shot}/v{version:03}\n");
    for (const std::string shell : {"~", "~otto", "$HOME", "${HOME}"}) {
        CAPTURE(shell);
        CHECK_FALSE(night_of(shot_line("a", output(shell + "/v{version}"))).night);
    }
    CHECK(night_of(shot_line("a", output("{shot}~/v{version}"))).diagnostics.empty());
}

TEST_CASE("a template is judged as the planner does, with its place", "[shotspec]") {
    for (const char* const wrong :
         {"{take:x}", "{take:99}", "{shot:03}", "{shot}//x", "./{shot}", "{shot}/", "x/../y"}) {
        CAPTURE(wrong);
        CHECK(contains(complaints_of(night_of(shot_line("a", output(wrong)))),
                       "night.yaml:8:59: shots[0].output: "));
    }
}

}  // namespace nightreel

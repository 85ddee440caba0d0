#include "shotspec/yaml/document.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "tests/support/made_pictures.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

const std::string characters =
    "characters:\n  mira: { prompt: a small striped red star }\n"
    "defaults: { model: toybox, takes: 2, handles: 4 }\n"
    "shots:\n  - { shot: a, prompt: \"{mira} waits\", duration: 2s }\n";

const std::string night =
    "nightreel: 1\nshow: aurora\ninclude: [common.yaml]\n"
    "defaults: { takes: 3 }\n"
    "shots:\n  - { shot: b, prompt: \"{mira} jumps\", duration: 2s }\n";

// Files of one folder, and the night in it.
struct Folder {
    TemporaryFolder folder;

    void write(const std::string& name, const std::string& text) {
        write_file_atomically(folder.path() / name, text);
    }

    CheckedNight check(const std::string& name = "night.yaml") {
        return check_night(folder.path() / name, {{"models"}, {}});
    }

    // Without the folder's own name.
    std::string complaints() {
        std::string text = complaints_of(check());
        const std::string own = folder.path().string() + "/";
        for (std::size_t at = 0; (at = text.find(own, at)) != std::string::npos;) {
            text.erase(at, own.size());
        }
        return text;
    }
};

}  // namespace

TEST_CASE("what is included stands below and before what includes it", "[shotspec]") {
    Folder folder;
    folder.write("common.yaml", characters);
    folder.write("night.yaml", night);
    const CheckedNight checked = folder.check();
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    REQUIRE(checked.night->shots.size() == 2);
    CHECK(checked.night->shots[0].name == "a");
    CHECK(checked.night->shots[1].name == "b");
    CHECK(checked.night->shots[0].takes == 3);
    CHECK(checked.night->shots[0].handles == 4);
    CHECK(checked.night->shots[1].prompt == "a small striped red star jumps");
}

TEST_CASE("a complaint about an included file names that file and its line", "[shotspec]") {
    Folder folder;
    folder.write("common.yaml", characters + "  - { shot: c, prompt: x, duration: 2 }\n");
    folder.write("night.yaml", night);
    CHECK(folder.complaints() ==
          "common.yaml:6:37: shots[1].duration: 2 has no unit: write 2s (seconds) or 2f "
          "(frames)\n");
}

TEST_CASE("pictures are looked for beside the file that names them", "[shotspec]") {
    Folder folder;
    std::filesystem::create_directory(folder.folder.path() / "cast");
    folder.write("cast/mira.png", made::png(96, 64));
    folder.write("cast/common.yaml",
                 "characters: { mira: { prompt: a star, references: [mira.png] } }\n");
    folder.write("night.yaml",
                 "nightreel: 1\nshow: aurora\ninclude: [cast/common.yaml]\n"
                 "shots: [{ shot: b, prompt: \"{mira}\", frames: 9, model: toybox }]\n");
    const CheckedNight checked = folder.check();
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    CHECK(checked.night->shots[0].references.at(0).path ==
          (folder.folder.path() / "cast/mira.png").string());
}

TEST_CASE("a file that includes itself is told with the round it makes", "[shotspec]") {
    Folder folder;
    folder.write("common.yaml", "include: [more.yaml]\n" + characters);
    folder.write("more.yaml", "include: [night.yaml]\n");
    folder.write("night.yaml", night);
    CHECK(folder.complaints() ==
          "more.yaml:1:11: include: night.yaml -> common.yaml -> more.yaml -> night.yaml: a file "
          "includes itself\n");
}

TEST_CASE("a file reached on two ways is read once", "[shotspec]") {
    Folder folder;
    folder.write("common.yaml", characters);
    folder.write("more.yaml", "include: [common.yaml]\n");
    folder.write("night.yaml",
                 "nightreel: 1\nshow: aurora\ninclude: [common.yaml, more.yaml]\nshots: []\n");
    CHECK(folder.complaints().empty());
    CHECK(folder.check().night->shots.size() == 1);
}

TEST_CASE("an include that is not there, or no file, is told where it is asked for", "[shotspec]") {
    Folder folder;
    folder.write("night.yaml",
                 "nightreel: 1\nshow: aurora\ninclude: [nowhere.yaml, .]\n"
                 "shots: [{ shot: b, prompt: x, frames: 9, model: toybox }]\n");
    CHECK(folder.complaints() ==
          "night.yaml:3:11: nowhere.yaml: there is no such file\n"
          "night.yaml:3:25: .: is a folder, not a file\n");
}

TEST_CASE("includes end: by depth and by number", "[shotspec]") {
    Folder folder;
    for (int i = 0; i < 20; ++i) {
        folder.write(fmt::format("d{}.yaml", i), fmt::format("include: [d{}.yaml]\n", i + 1));
    }
    folder.write("night.yaml", "nightreel: 1\nshow: aurora\ninclude: [d0.yaml]\nshots: []\n");
    CHECK(folder.complaints().find("includes are limited") != std::string::npos);
}

TEST_CASE("variables are put in before values are read", "[shotspec]") {
    const std::string text = night_head +
                             "  - { shot: \"${SHOT}\", prompt: \"${WHO} $${WHO} $5\", "
                             "frames: \"${COUNT}\" }\n";
    const CheckedNight checked =
        check_text(text, {{"SHOT", "sq1_sh2"}, {"WHO", "{mira}"}, {"COUNT", "9"}});
    // $${WHO} leaves ${WHO}, whose brace then names no character.
    CHECK(complaints_of(checked).find("{WHO} is not a character") != std::string::npos);
    const CheckedNight good = check_text(
        night_head + "  - { shot: \"${SHOT}\", prompt: \"$5 {mira}\", frames: \"${COUNT}\" }\n",
        {{"SHOT", "sq1_sh2"}, {"COUNT", "9"}});
    INFO(complaints_of(good));
    REQUIRE(good.night);
    CHECK(good.night->shots[0].name == "sq1_sh2");
    CHECK(good.night->shots[0].frames.count() == 9);
    CHECK(good.night->shots[0].prompt == "$5 a small striped red star");
}

TEST_CASE("a missing, broken or hostile variable is told with its place", "[shotspec]") {
    const std::string shot = night_head + "  - { shot: a, prompt: x, frames: 9, output: \"";
    CHECK(complaints_of(check_text(shot + "${NOBODY}\" }\n"))
              .starts_with("night.yaml:8:46: the environment variable NOBODY is not set\n"));
    for (const char* wrong : {"${", "${}", "${1A}", "${A B}"}) {
        INFO(wrong);
        CHECK(complaints_of(check_text(shot + wrong + "\" }\n")).find("begins a variable") !=
              std::string::npos);
    }
    CHECK(complaints_of(check_text(shot + "${X}\" }\n", {{"X", "a\nb"}}))
              .find("not one line of UTF-8") != std::string::npos);
    CHECK(complaints_of(check_text(shot + "${X}\" }\n", {{"X", "\xFF"}}))
              .find("not one line of UTF-8") != std::string::npos);
}

TEST_CASE("a night that is not there, is a folder, or is empty is told", "[shotspec]") {
    Folder folder;
    CHECK(folder.complaints() == "night.yaml:1:1: night.yaml: there is no such file\n");
    CHECK(complaints_of(check_night(folder.folder.path(), {{"models"}, {}}))
              .find("is a folder, not a file") != std::string::npos);
    for (const char* nothing : {"", "\n\n", "# only a comment\n", "---\n", "~\n"}) {
        folder.write("night.yaml", nothing);
        CHECK(folder.complaints() == "night.yaml:1:1: the file is empty\n");
    }
}

TEST_CASE("a ten megabyte file is refused without being read", "[shotspec]") {
    Folder folder;
    folder.write("night.yaml", std::string(10'000'000, '#'));
    CHECK(folder.complaints().find("the limit is 4194304") != std::string::npos);
}

}  // namespace nightreel

#include "pipeline/takes/dailies_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/takes/page/review_page.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

DailiesTake take_at(const std::filesystem::path& out, int take, const std::string& text) {
    const auto folder = out / fmt::format("aurora/sq010/v001/take{:02}", take);
    std::filesystem::create_directories(folder / "mov");
    std::filesystem::create_directories(folder / "contact");
    const std::string name = fmt::format("sh0010_v001_t{:02}", take);
    write_file_atomically(folder / "mov" / (name + ".mp4"), text);
    write_file_atomically(folder / "contact" / (name + ".png"), text);
    return {.shot = "sh0010",
            .take = take,
            .folder = folder.string(),
            .media = {"mov/" + name + ".mp4", "contact/" + name + ".png"}};
}

}  // namespace

TEST_CASE("a dailies folder shows every take's media and says where the takes lie", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    Dailies dailies{.show = "aurora", .job = 1};
    dailies.takes = {take_at(out.path(), 2, "two"), take_at(out.path(), 1, "one")};
    dailies.failures = {{"sh0020 take 1", "out of memory"}};
    write_dailies(folder, dailies);
    REQUIRE(read_file(folder / "sh0010_v001_t01.mp4") == "one");
    REQUIRE(read_file(folder / "sh0010_v001_t02.png") == "two");
    const Json summary = parse_json(read_file(folder / summary_file), "summary");
    REQUIRE(summary["takes"].size() == 2);
    REQUIRE(summary["takes"][0]["take"] == 1);
    REQUIRE(summary["takes"][0]["folder"] == "../../sq010/v001/take01");
    REQUIRE(summary["takes"][0]["media"][0] == "sh0010_v001_t01.mp4");
    REQUIRE(summary["failures"][0]["reason"] == "out of memory");
}

TEST_CASE("a dailies folder has a page, whose data no text of a take can end", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    DailiesTake first = take_at(out.path(), 1, "one");
    first.prompt = "</script><b>\xE2\x80\xA8 star \"x\" \\";
    write_file_atomically(std::filesystem::path(first.folder) / "publish.json", "{ no json");
    for (const char* movie : {"mov/sh0010_v001_t01_h264.mp4", "mov/sh0010_v001_t01_z.mp4"}) {
        write_file_atomically(std::filesystem::path(first.folder) / movie, std::string_view("m"));
        first.media.push_back(movie);
    }
    write_dailies(folder, {.show = "aurora", .takes = {first, take_at(out.path(), 2, "two")}});
    const std::string data = read_file(folder / "review/data.js");
    CHECK(data.find('<') == std::string::npos);
    CHECK(std::ranges::all_of(data, [](char letter) { return letter > 0; }));
    const std::string before = "nightreel.data = ";
    const std::size_t at = data.find(before) + before.size();
    const Json read = parse_json(data.substr(at, data.rfind(';') - at), "data");
    CHECK(read["takes"][0]["prompt"] == first.prompt);
    CHECK(read["takes"][0]["movie"] == "sh0010_v001_t01_h264.mp4");
    CHECK(read["takes"][1]["movie"] == "sh0010_v001_t02.mp4");
    const std::string page = read_file(folder / "index.html");
    for (const PageFile& file : page_files()) {
        if (file.name == "index.html") continue;
        CHECK(page.find(fmt::format("review/{}", file.name)) != std::string::npos);
        CHECK(read_file(folder / "review" / file.name) == file.text);
    }
    CHECK(std::filesystem::exists(folder / "review/takes/aurora_sh0010_v001_t02.js"));
    write_dailies(folder, {.show = "aurora", .takes = {first}});
    CHECK_FALSE(std::filesystem::exists(folder / "review/takes/aurora_sh0010_v001_t02.js"));
}

TEST_CASE("alternates stand behind kept takes, in a folder of their own", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    DailiesTake alternate = take_at(out.path(), 1, "one");
    alternate.kept = false;
    DailiesTake kept = take_at(out.path(), 2, "two");
    kept.kept = true;
    kept.flags = {{FindingKind::seam, {1001, 1002}, 2, 1.8, "a joint"}};
    write_dailies(folder, {.takes = {alternate, kept, take_at(out.path(), 3, "three")}});
    CHECK(read_file(folder / "alternates/sh0010_v001_t01.mp4") == "one");
    CHECK_FALSE(std::filesystem::exists(folder / "sh0010_v001_t01.mp4"));
    CHECK(read_file(folder / "sh0010_v001_t02.mp4") == "two");
    const Json summary = parse_json(read_file(folder / summary_file), "summary");
    CHECK(summary["takes"][0]["take"] == 2);
    CHECK(summary["takes"][2]["take"] == 1);
    CHECK(summary["takes"][2]["media"][0] == "alternates/sh0010_v001_t01.mp4");
    // Kept after all: nothing of it stays where alternates are.
    alternate.kept = true;
    write_dailies(folder, {.takes = {alternate, kept}});
    CHECK(read_file(folder / "sh0010_v001_t01.mp4") == "one");
    CHECK_FALSE(std::filesystem::exists(folder / "alternates"));
}

TEST_CASE("the summary says how much of the night is usable", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "dailies/job1";
    DailiesTake good = take_at(out.path(), 1, "one");
    good.frames = 48;
    good.rate = {24, 1};
    DailiesTake flagged = take_at(out.path(), 2, "two");
    flagged.flags = {{FindingKind::black, {1001, 1002}, 2, 1, "black"}};
    Dailies dailies{.takes = {good, flagged}};
    dailies.yield.device_seconds = 1800;
    write_dailies(folder, dailies);
    const Json yield = parse_json(read_file(folder / summary_file), "summary")["yield"];
    CHECK(yield["takes"] == 2);
    CHECK(yield["usable"] == 1);
    CHECK(yield["usable_share"] == 0.5);
    CHECK(yield["takes_per_usable"] == 2);
    CHECK(yield["usable_seconds_per_device_hour"] == 4);
    CHECK(yield_text(with_ratios(dailies.yield)).empty());
    CHECK(yield_text(with_ratios({.takes = 3, .usable = 0})) == "0 of 3 takes usable (0 %)");
}

TEST_CASE("who writes into a file of the dailies does not change the take", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    const DailiesTake take = take_at(out.path(), 1, "one");
    write_dailies(folder, {.takes = {take}});
    std::ofstream(folder / "sh0010_v001_t01.mp4") << "marked up";
    CHECK(read_file(std::filesystem::path(take.folder) / "mov/sh0010_v001_t01.mp4") == "one");
    // As hard links only when that was asked for.
    write_dailies(folder, {.takes = {take}}, {}, {.link = LinkPolicy::hard});
    CHECK(read_file(folder / "sh0010_v001_t01.mp4") == "one");
}

TEST_CASE("writing again adds, replaces and removes takes and leaves other people's files",
          "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    write_dailies(folder,
                  {.takes = {take_at(out.path(), 1, "one"), take_at(out.path(), 2, "two")}});
    write_file_atomically(folder / "notes.txt", std::string_view("mine"));
    // Twice the same is a no-op, with no file left aside.
    write_dailies(folder,
                  {.takes = {take_at(out.path(), 1, "new"), take_at(out.path(), 3, "three")}});
    write_dailies(folder,
                  {.takes = {take_at(out.path(), 1, "new"), take_at(out.path(), 3, "three")}});
    REQUIRE(read_file(folder / "sh0010_v001_t01.mp4") == "new");
    REQUIRE(read_file(folder / "sh0010_v001_t03.mp4") == "three");
    REQUIRE_FALSE(std::filesystem::exists(folder / "sh0010_v001_t02.mp4"));
    REQUIRE(read_file(folder / "notes.txt") == "mine");
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        CAPTURE(entry.path().string());
        REQUIRE(entry.path().filename().string()[0] != '.');
        ++files;
    }
    REQUIRE(files == 8);  // with the page and its folder
}

TEST_CASE("each job has dailies of its own, and `latest` leads to the last", "[dailies]") {
    const TemporaryFolder out;
    const auto root = out.path() / "aurora/dailies";
    const auto write = [&](std::uint64_t job, const char* submission, int take) {
        Dailies dailies{
            .job = job, .submission = submission, .submitted_at = "2026-11-21T23:04:05.678Z"};
        dailies.takes = {take_at(out.path(), take, "one")};
        const auto folder = dailies_folder(root, dailies);
        write_dailies(folder, dailies);
        point_latest_at(folder);
        return folder.filename().string();
    };
    CHECK(write(7, "monday", 1) == "2026-11-21_7");
    CHECK(write(8, "tuesday", 2) == "2026-11-21_8");
    CHECK(std::filesystem::read_symlink(root / "latest") == "2026-11-21_8");
    CHECK(std::filesystem::exists(root / "latest/sh0010_v001_t02.mp4"));
    CHECK(std::filesystem::exists(root / "2026-11-21_7/sh0010_v001_t01.mp4"));
    CHECK(write(7, "monday", 1) == "2026-11-21_7");  // the same job once more
    CHECK(std::filesystem::read_symlink(root / "latest") == "2026-11-21_7");
    // Numbers begin again with a new farm: what is there is another night's.
    CHECK(write(7, "another night", 3) == "2026-11-21_7.2");
    CHECK(write(7, "another night", 3) == "2026-11-21_7.2");
    CHECK(std::filesystem::exists(root / "2026-11-21_7/sh0010_v001_t01.mp4"));
}

TEST_CASE("a late attempt does not undo what a later one has told", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "dailies/2026-11-21_7";
    CHECK(write_dailies(folder, {.attempt = 9, .takes = {take_at(out.path(), 1, "one")}}));
    CHECK_FALSE(write_dailies(folder, {.attempt = 8, .failures = {{"sh0010 take 1", "lost"}}}));
    CHECK(std::filesystem::exists(folder / "sh0010_v001_t01.mp4"));
    CHECK(write_dailies(folder, {.attempt = 10, .failures = {{"sh0010 take 1", "lost"}}}));
    CHECK_FALSE(std::filesystem::exists(folder / "sh0010_v001_t01.mp4"));
}

TEST_CASE("the night lies beside its takes byte for byte, whatever its files are called",
          "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "dailies/2026-11-21_7";
    const std::vector<NightFile> night{{"/desk/night.yaml", "# \xC3\xA9\r\nshow: a\n"},
                                       {"../cast/shared.yaml", "one"},
                                       {"../more/shared.yaml", "two"}};
    write_dailies(folder, {}, night);
    CHECK(read_file(folder / "night/night.yaml") == night[0].text);
    CHECK(read_file(folder / "night/shared.yaml") == "one");
    CHECK(read_file(folder / "night/shared.2.yaml") == "two");
    const Json summary = parse_json(read_file(folder / summary_file), "summary");
    CHECK(summary["night"] ==
          Json({"night/night.yaml", "night/shared.yaml", "night/shared.2.yaml"}));
}

TEST_CASE("dailies of no farm are called by the night", "[dailies]") {
    const Dailies dailies{.submission = "0123456789abcdef",
                          .submitted_at = "2026-11-21T23:04:05.678Z"};
    CHECK(dailies_folder("/out", dailies) == "/out/2026-11-21_01234567");
}

TEST_CASE("what somebody put in the place of `latest` stays; a file of ours is replaced",
          "[dailies]") {
    const TemporaryFolder out;
    const auto root = out.path() / "dailies";
    std::filesystem::create_directories(root / "latest");
    write_file_atomically(root / "latest/mine.txt", std::string_view("mine"));
    point_latest_at(root / "2026-11-21_7");
    CHECK(read_file(root / "latest/mine.txt") == "mine");
    std::filesystem::remove_all(root / "latest");
    write_file_atomically(root / "latest", std::string_view("2026-11-20_6\n"));
    point_latest_at(root / "2026-11-21_7");
    CHECK(std::filesystem::read_symlink(root / "latest") == "2026-11-21_7");
}

TEST_CASE("a damaged summary removes nothing outside the folder", "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "aurora/dailies/job1";
    std::filesystem::create_directories(folder);
    write_file_atomically(out.path() / "aurora/keep.txt", std::string_view("mine"));
    for (const char* text :
         {R"({"takes":[{"media":["../../keep.txt", "..", 7]}, 3]})", "{", "[]"}) {
        write_file_atomically(folder / summary_file, std::string_view(text));
        write_dailies(folder, {.takes = {take_at(out.path(), 1, "one")}});
        REQUIRE(read_file(out.path() / "aurora/keep.txt") == "mine");
    }
}

TEST_CASE("two takes whose media have one name are refused, and so is a missing movie",
          "[dailies]") {
    const TemporaryFolder out;
    const auto folder = out.path() / "dailies";
    const DailiesTake take = take_at(out.path(), 1, "one");
    REQUIRE_THROWS_AS(write_dailies(folder, {.takes = {take, take}}), Error);
    DailiesTake missing = take;
    missing.media = {"mov/nothing.mp4"};
    REQUIRE_THROWS_WITH(write_dailies(folder, {.takes = {missing}}),
                        Catch::Contains("nothing.mp4"));
}

}  // namespace nightreel

// The takes of a night as other tools read them.

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/takes/interchange/night_cut.h"
#include "shotspec/describe/csv.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

CutTake cut_take_of(const std::string& shot, std::int32_t take) {
    return {.shot = shot,
            .sequence = "sq010",
            .version = 2,
            .take = take,
            .folder = "/show reel/" + shot,
            .frame_pattern = fmt::format("exr/{}_t{:02}.%05d.exr", shot, take),
            .movie = fmt::format("mov/{}_t{:02}_h264.mp4", shot, take),
            .frames = {1001, 1020},
            .cut = {1005, 1016},
            .rate = {24000, 1001},
            .size = {96, 64},
            .seed = 7,
            .model = "toybox",
            .prompt = "a star, \"red\"",
            .status = "pending_review"};
}

NightCut night_of_two_shots() {
    NightCut night{.show = "aurora", .name = "2026-11-21_7"};
    for (const char* shot : {"sh0020", "sh0010"}) {
        for (const std::int32_t take : {1, 2}) night.takes.push_back(cut_take_of(shot, take));
    }
    return night;
}

Json clips_of(const NightCut& night) {
    return Json::parse(timeline_text(night))["tracks"]["children"][0]["children"];
}

}  // namespace

TEST_CASE("the cut has the shots in the order of the night", "[interchange]") {
    const Json clips = clips_of(night_of_two_shots());
    REQUIRE(clips.size() == 2);
    REQUIRE(clips[0]["name"] == "sh0020");
    REQUIRE(clips[1]["name"] == "sh0010");
    REQUIRE(
        Json::parse(timeline_text({.show = "empty"}))["tracks"]["children"][0]["children"].empty());
}

TEST_CASE("the take of the cut is the best ranked, else the one with the fewest flags",
          "[interchange]") {
    NightCut night = night_of_two_shots();
    REQUIRE(shots_of(night)[0].front().take == 1);
    night.takes[0].flags = {{.text = "black"}};
    REQUIRE(shots_of(night)[0].front().take == 2);
    night.takes[0].place = 1;
    night.takes[1].place = 2;
    REQUIRE(shots_of(night)[0].front().take == 1);
    night.takes[0].kept = false;
    night.takes[1].kept = true;
    REQUIRE(shots_of(night)[0].front().take == 2);
}

TEST_CASE("a clip is the cut of its media, whose time is the frame number", "[interchange]") {
    const Json clip = clips_of(night_of_two_shots())[0];
    const Json& frames = clip["media_references"]["DEFAULT_MEDIA"];
    REQUIRE(clip["source_range"]["start_time"]["value"] == 1005);
    REQUIRE(clip["source_range"]["duration"]["value"] == 12);
    REQUIRE(frames["available_range"]["start_time"]["value"] == 1001);
    REQUIRE(frames["available_range"]["duration"]["value"] == 20);
    REQUIRE(frames["available_range"]["duration"]["rate"] == 24000.0 / 1001);
    REQUIRE(frames["target_url_base"] == "file:///show%20reel/sh0020/exr/");
    REQUIRE(frames["name_prefix"] == "sh0020_t01.");
    REQUIRE(frames["frame_zero_padding"] == 5);
    REQUIRE(clip["media_references"]["movie"]["available_range"]["start_time"]["value"] == 1000);
    REQUIRE(clip["media_references"]["take02"]["name_prefix"] == "sh0020_t02.");
}

TEST_CASE("a take that cannot stand for another is no alternate, and flags are markers",
          "[interchange]") {
    NightCut night = night_of_two_shots();
    night.takes[1].frames = {1006, 1020};
    night.takes[1].flags = {{.text = "worse"}, {.text = "than the other"}};
    night.takes[0].flags = {
        {.kind = FindingKind::freeze, .frames = {1010, 1012}, .text = "frozen"}};
    const Json clip = clips_of(night)[0];
    REQUIRE_FALSE(clip["media_references"].contains("take02"));
    REQUIRE(clip["markers"].size() == 1);
    REQUIRE(clip["markers"][0]["name"] == "freeze");
    REQUIRE(clip["markers"][0]["marked_range"]["start_time"]["value"] == 1010);
    REQUIRE(clip["markers"][0]["marked_range"]["duration"]["value"] == 3);
}

TEST_CASE("no text of the table is a formula, and cells come back as they were", "[interchange]") {
    NightCut night{.show = "aurora"};
    night.takes.push_back(cut_take_of("sh0010", 1));
    night.takes.back().prompt = "=HYPERLINK(\"http://x\"), \"two\"\r\nlines";
    const std::string text = table_text(night);
    REQUIRE(text.starts_with(byte_order_mark));
    CsvReader reader(std::string_view(text).substr(byte_order_mark.size()));
    const auto names = reader.next();
    const auto row = reader.next();
    REQUIRE(names);
    REQUIRE(row);
    REQUIRE(row->size() == names->size());
    const auto prompt = static_cast<std::size_t>(std::find(names->begin(), names->end(), "prompt") -
                                                 names->begin());
    REQUIRE(row->at(prompt).starts_with("'="));
    REQUIRE(unguarded(row->at(prompt)) == night.takes.back().prompt);
    REQUIRE_FALSE(reader.next());
}

TEST_CASE("a session names each sequence once, with its range, digits and cut", "[interchange]") {
    NightCut night = night_of_two_shots();
    night.takes[0].folder = "/a \"quoted\" folder";
    const std::string text = session_text(night);
    REQUIRE(text.starts_with("GTOa (3)\n"));
    REQUIRE(text.find(R"("/a \"quoted\" folder/exr/sh0020_t01.1001-1020@@@@@.exr")") !=
            std::string::npos);
    REQUIRE(text.find("sourceGroup000003_source : RVFileSource (1)") != std::string::npos);
    REQUIRE(text.find("sourceGroup000004") == std::string::npos);
    REQUIRE(text.find("int in = 1005\n        int out = 1016") != std::string::npos);
}

}  // namespace nightreel

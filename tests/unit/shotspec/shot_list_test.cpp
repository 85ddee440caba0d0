#include "shotspec/night/shot_list.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/night/read_night.h"

// Tables of shots, as spreadsheets and trackers export them.

namespace nightreel {
namespace {

Night night_in(const ShotList& list) {
    NightDocument document = read_night({"night.yaml", list.night, {}});
    REQUIRE_FALSE(document.complaints.has_errors());
    return document.night;
}

}  // namespace

TEST_CASE("rows of a table are shots, whatever their columns are called", "[shotspec]") {
    const ShotList list = shot_list_of_csv(
        "\xEF\xBB\xBFShot Code,Description,Length,seed,Status,\r\n"
        "sq010_sh0010,\"a red star: jumps, \"\"high\"\"\",4s,7,wtg,\r\n"
        ",,,,,\r\n"
        "sq010_sh0020,'=a ball,48f,,wtg,\r\n",
        {"aurora", "toybox"});
    CHECK(list.problems.empty());
    CHECK(list.unused == std::vector<std::string>{"Status"});
    CHECK(list.shots == 2);
    const Night night = night_in(list);
    CHECK(night.show == "aurora");
    CHECK(night.defaults.model == "toybox");
    REQUIRE(night.shots.size() == 2);
    CHECK(night.shots[0].shot == "sq010_sh0010");
    CHECK(night.shots[0].prompt == "a red star: jumps, \"high\"");
    CHECK(night.shots[0].seed == 7U);
    CHECK(night.shots[1].prompt == "=a ball");
    CHECK_FALSE(night.shots[1].seed);
}

TEST_CASE("a row that cannot be read is named by its number and left out", "[shotspec]") {
    const ShotList list = shot_list_of_csv(
        "shot,prompt,duration\n"
        "a,x,4s\n"
        "b,x,4 seconds\n"
        "a,x,4s\n"
        ",x,4s\n"
        "c,x\n"
        "d: [,x,4s\n",
        {"aurora", ""});
    CHECK(list.shots == 1);
    CHECK(night_in(list).shots.size() == 1);
    REQUIRE(list.problems.size() == 5);
    CHECK(list.problems[0].starts_with("row 3: duration: "));
    CHECK(list.problems[1] == "row 4: shot: a is the name of an earlier row");
    CHECK(list.problems[2].starts_with("row 5: shot: is missing"));
    CHECK(list.problems[3].starts_with("row 6: one of duration, frames"));
    CHECK(list.problems[4].starts_with("row 7: shot: a name is"));
}

TEST_CASE("a text that is no table of shots is refused with the remedy", "[shotspec]") {
    const auto refused = [](std::string_view csv, const char* why) {
        CHECK_THROWS_WITH(shot_list_of_csv(csv, {"aurora", ""}), Catch::Contains(why));
    };
    refused("", "is empty");
    refused("shot,prompt\n", "no row");
    refused("shot;prompt\na;b\n", "separated by commas");
    refused("title,prompt\na,b\n", "no column is called shot");
    refused("shot,code\na,b\n", "two columns are shot");
    refused("shot,prompt\na,\"b\n", "has no end");
    refused("shot,prompt\na,\xFF\n", "UTF-8");
}

}  // namespace nightreel

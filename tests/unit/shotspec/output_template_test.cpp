#include "shotspec/night/output_template.h"

#include <vector>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

const TakeNames names{
    .show = "aurora", .sequence = "sq010", .shot = "sq010_sh0010", .version = 3, .take = 2};

}  // namespace

TEST_CASE("the default template gives show, sequence, shot, version and take", "[shotspec]") {
    CHECK(take_folder("", names) == "aurora/sq010/sq010_sh0010/v003/take02");
    CHECK(take_folder(default_output_template, names) == take_folder("", names));
    CHECK(take_base_name(names) == "aurora_sq010_sh0010_gen_v003_t02");
}

TEST_CASE("a number takes the width that is asked for and grows beyond it", "[shotspec]") {
    CHECK(take_folder("{shot}/v{version}_t{take:04}", names) == "sq010_sh0010/v3_t0002");
    TakeNames many = names;
    many.version = 12345;
    CHECK(take_folder("v{version:03}", many) == "v12345");
}

TEST_CASE("a template that is wrong or leaves the output root is refused", "[shotspec]") {
    for (const char* wrong : {"{shoot}/x",
                              "{shot",
                              "shot}",
                              "/abs/{shot}",
                              "../{shot}",
                              "{shot}/../x",
                              "{shot}//x",
                              "./{shot}",
                              "{shot}/",
                              "{shot:03}",
                              "{take:x}",
                              "{take:99}"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(take_folder(wrong, names), Error);
    }
    TakeNames sly = names;
    sly.shot = "../../etc";
    CHECK_THROWS_AS(take_folder("", sly), Error);
}

TEST_CASE("a version folder's name tells its version, another name none", "[shotspec]") {
    const VersionPlace place = version_place("", names).value();
    CHECK(place.folder == "aurora/sq010/sq010_sh0010");
    CHECK(version_in("v001", place) == 1);
    CHECK(version_in("v1012", place) == 1012);
    for (const char* other : {"vx", "v", "notes", "v1a", "v-4", "v_old", "v99999999999"}) {
        CAPTURE(other);
        CHECK_FALSE(version_in(other, place));
    }
}

TEST_CASE("a version is found inside a longer folder name", "[shotspec]") {
    const VersionPlace place = version_place("{show}/{shot}_v{version:03}_gen/x", names).value();
    CHECK(place.folder == "aurora");
    CHECK(version_in("sq010_sh0010_v007_gen", place) == 7);
    CHECK_FALSE(version_in("sq010_sh0020_v009_gen", place));
    CHECK(version_place("v{version}/{shot}", names).value().folder.empty());
    CHECK_FALSE(version_place("{shot}/{take}", names).has_value());
}

}  // namespace nightreel

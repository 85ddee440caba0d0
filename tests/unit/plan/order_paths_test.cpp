#include "pipeline/plan/orders/order_paths.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {

TEST_CASE("a mapping moves what it names and what lies below, and nothing else", "[plan]") {
    const std::vector<PathMapping> one{path_mapping_of("/mnt/shows/=/shows")};
    CHECK(mapped_path("/mnt/shows", one) == "/shows");
    CHECK(mapped_path("/mnt/shows/a/b.png", one) == "/shows/a/b.png");
    CHECK(mapped_path("/mnt/shows2/a", one) == "/mnt/shows2/a");
    CHECK(mapped_path("/mnt", one) == "/mnt");
    CHECK(mapped_path("/a", {path_mapping_of("/=/mnt")}) == "/mnt/a");
    CHECK(mapped_path("/mnt/a", {path_mapping_of("/mnt=/")}) == "/a");
}

TEST_CASE("path mapping rules of Open Job Description are mappings", "[plan]") {
    const auto mappings = path_mappings_from_json(R"({"version": "pathmapping-1.0",
        "path_mapping_rules": [
            {"source_path_format": "WINDOWS", "source_path": "Z:\\", "destination_path": "/z"},
            {"source_path_format": "POSIX", "source_path": "/mnt/", "destination_path": "/a"}]})");
    REQUIRE(mappings.size() == 1);
    CHECK(mapped_path("/mnt/b", mappings) == "/a/b");
    CHECK(path_mappings_from_json("{}").empty());
    CHECK_THROWS_WITH(path_mappings_from_json("["), Catch::Contains("path mapping rules"));
    CHECK_THROWS_WITH(
        path_mappings_from_json(R"({"path_mapping_rules": [{"source_path_format": "POSIX"}]})"),
        Catch::Contains("source_path"));
}

TEST_CASE("the longest mapping that fits decides, in any order", "[plan]") {
    const PathMapping wide = path_mapping_of("/mnt=/a");
    const PathMapping narrow = path_mapping_of("/mnt/shows=/b");
    CHECK(mapped_path("/mnt/shows/x", {wide, narrow}) == "/b/x");
    CHECK(mapped_path("/mnt/shows/x", {narrow, wide}) == "/b/x");
    CHECK(mapped_path("/mnt/x", {narrow, wide}) == "/a/x");
}

TEST_CASE("a mapping that is no pair of absolute paths is refused", "[plan]") {
    for (const char* text : {"", "=", "/a", "/a=", "=/a", "a=/b", "/a=b"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(path_mapping_of(text), Error);
    }
}

TEST_CASE("files of a job directory are found from it, others are mapped; digests stay", "[plan]") {
    EncodeOrder encode;
    encode.model.folder = "/mnt/models/toybox";
    encode.references.push_back({.character = "mira", .path = "given/ab.png", .digest = {}});
    encode.keys.push_back({.path = "/mnt/shows/key.png", .digest = {}});
    const TaskOrder moved =
        order_on_this_machine(encode, "/jobs/1", {path_mapping_of("/mnt=/net")});
    const auto& here = std::get<EncodeOrder>(moved);
    CHECK(here.model.folder == "/net/models/toybox");
    CHECK(here.references[0].path == "/jobs/1/given/ab.png");
    CHECK(here.keys[0].path == "/net/shows/key.png");
    CHECK(digest_of(moved) == digest_of(TaskOrder(encode)));
}

}  // namespace nightreel

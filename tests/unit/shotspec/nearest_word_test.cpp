#include "shotspec/describe/nearest_word.h"

#include <catch2/catch.hpp>

namespace nightreel {

TEST_CASE("a swap, a gap and a slip each count as one mistake", "[shotspec]") {
    CHECK(edit_distance("size", "size") == 0);
    CHECK(edit_distance("szie", "size") == 1);
    CHECK(edit_distance("sze", "size") == 1);
    CHECK(edit_distance("sise", "size") == 1);
    CHECK(edit_distance("", "size") == 4);
    CHECK(edit_distance("SIZE", "size") == 0);
}

TEST_CASE("the closest word is named, and none when nothing is close", "[shotspec]") {
    const std::vector<std::string> words = {"size", "steps", "seed", "segment"};
    CHECK(nearest_word("szie", words) == "size");
    CHECK(nearest_word("seeds", words) == "seed");
    CHECK(nearest_word("segmnet", words) == "segment");
    CHECK_FALSE(nearest_word("banana", words));
    CHECK_FALSE(nearest_word("", words));
    CHECK_FALSE(nearest_word(std::string(100'000, 's'), words));
}

TEST_CASE("lists read as a sentence does", "[shotspec]") {
    CHECK(listed({}).empty());
    CHECK(listed({"a"}) == "a");
    CHECK(listed({"a", "b"}) == "a and b");
    CHECK(listed({"a", "b", "c"}, "or") == "a, b or c");
}

}  // namespace nightreel

#include "pipeline/plan/roots/roots.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

PublishOrder order_with(const std::string& folder) {
    PublishOrder order;
    order.folder = folder;
    return order;
}

std::string refusal(const std::string& folder, const Roots& roots) {
    try {
        folder_of_take(order_with(folder), roots);
    } catch (const Error& error) {
        return error.what();
    }
    FAIL("it was not refused");
    return {};
}

}  // namespace

TEST_CASE("a take lies below the path that this machine gives its root", "[plan]") {
    CHECK(folder_of_take(order_with("show/a/v001/take01"), {{"out", "/mnt/takes"}}) ==
          "/mnt/takes/show/a/v001/take01");
    CHECK(folder_of_take(order_with("show/./a"), {{"out", "/other"}, {"x", "/y"}}) ==
          "/other/show/a");
}

TEST_CASE("the first root of a farm is called out, others by their paths", "[plan]") {
    CHECK(roots_of(std::vector<std::string>{"/a", "/b", "/c"}) ==
          Roots{{"out", "/a"}, {"/b", "/b"}, {"/c", "/c"}});
    PublishOrder order = order_with("show/a");
    order.root = "/b";
    CHECK(folder_of_take(order, roots_of(std::vector<std::string>{"/a", "/b"})) == "/b/show/a");
}

TEST_CASE("a root without an absolute path is refused by its name", "[plan]") {
    CHECK_THAT(refusal("show/a", {}), Catch::Contains("output root 'out'"));
    CHECK_THAT(refusal("show/a", {{"out", "takes"}}), Catch::Contains("no absolute path"));
}

TEST_CASE("a folder that leaves its root is refused", "[plan]") {
    for (const char* folder : {"../a", "a/../../b", "/etc", "", ".", "a/.."}) {
        CAPTURE(folder);
        CHECK_THAT(refusal(folder, {{"out", "/mnt/takes"}}), Catch::Contains("not below"));
    }
}

}  // namespace nightreel

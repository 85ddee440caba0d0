// Wrong nights beside what is said of them: tests/golden/nights/NAME.yaml and NAME.diagnostics.
// `tests/golden/update` rewrites the latter.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/resolve/check_night.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> golden_nights() {
    std::vector<fs::path> nights;
    for (const auto& entry : fs::directory_iterator("tests/golden/nights")) {
        if (entry.path().extension() == ".yaml") nights.push_back(entry.path());
    }
    std::sort(nights.begin(), nights.end());
    return nights;
}

std::string complaints_about(const fs::path& night) {
    return text_of(check_night(night, {{"models"}, {}}).diagnostics);
}

}  // namespace

TEST_CASE("wrong nights are complained of as recorded", "[shotspec][golden]") {
    const std::vector<fs::path> nights = golden_nights();
    REQUIRE(nights.size() >= 20);
    for (const fs::path& night : nights) {
        INFO(night.string());
        const fs::path expected = fs::path(night).replace_extension(".diagnostics");
        const std::string complaints = complaints_about(night);
        if (std::getenv("NIGHTREEL_UPDATE_GOLDENS") != nullptr) {
            write_file_atomically(expected, complaints);
        }
        REQUIRE(fs::exists(expected));
        CHECK(complaints == read_file(expected));
        CHECK_FALSE(complaints.empty());
    }
}

TEST_CASE("every example is a right night", "[shotspec]") {
    int count = 0;
    for (const auto& entry : fs::directory_iterator("examples")) {
        const fs::path night = entry.path() / "night.yaml";
        if (!fs::exists(night)) continue;
        CHECK(complaints_about(night).empty());
        ++count;
    }
    CHECK(count >= 3);
}

}  // namespace nightreel

#include "shotspec/describe/fields_json.h"

#include <catch2/catch.hpp>

#include "shotspec/describe/canonical_text.h"

namespace nightreel {
namespace {

enum class Weather { clear, rain };

}  // namespace

template <>
struct EnumWords<Weather> {
    static constexpr auto words = std::to_array<std::pair<Weather, std::string_view>>(
        {{Weather::clear, "clear"}, {Weather::rain, "rain"}});
};

namespace {

struct Scene {
    std::string name;
    Weather weather = Weather::clear;
    std::vector<int> takes;
    std::optional<double> wind;
    std::map<std::string, int> props;
    std::string folder;
};

template <class Visitor>
void describe(Scene& scene, Visitor& field) {
    field("name", scene.name, {.meaning = "Name.", .required = true});
    field("weather", scene.weather, {.meaning = "Weather."});
    field("takes", scene.takes, {.meaning = "Takes."});
    field("wind", scene.wind, {.meaning = "Wind in m/s."});
    field("props", scene.props, {.meaning = "Props."});
    field("folder", scene.folder, {.meaning = "Folder.", .in_digest = false});
}

std::string refusal(const char* text) {
    try {
        from_json_value<Scene>(parse_json(text, "scene"), "scene");
    } catch (const Error& error) {
        return error.what();
    }
    return "accepted";
}

TEST_CASE("a described value survives the way through JSON", "[base]") {
    const Scene scene{"a", Weather::rain, {1, 2}, 2.5, {{"lamp", 3}}, "x"};
    const Scene back = from_json_value<Scene>(to_json_value(scene));
    CHECK(to_json_value(back) == to_json_value(scene));
    CHECK(back.weather == Weather::rain);
    CHECK(back.wind == 2.5);
}

TEST_CASE("what changes no pixel is not in the canonical form", "[base]") {
    CHECK(canonical_text(Scene{.name = "a", .folder = "x"}) ==
          canonical_text(Scene{.name = "a", .folder = "y"}));
    CHECK(canonical_text(Scene{.name = "a"}) != canonical_text(Scene{.name = "b"}));
}

TEST_CASE("the canonical form is JSON of the fields in their described order, absent ones left out",
          "[base]") {
    const Scene scene{"say \"a\"", Weather::rain, {1, 2}, 2.5, {{"lamp", 3}, {"rug", 1}}, "x"};
    CHECK(canonical_text(scene) ==
          R"({"name":"say \"a\"","weather":"rain","takes":[1,2],"wind":2.5,)"
          R"("props":{"lamp":3,"rug":1}})");
    CHECK(canonical_text(Scene{}) == R"({"name":"","weather":"clear","takes":[],"props":{}})");
}

TEST_CASE("a wrong value is refused with its place", "[base]") {
    CHECK(refusal(R"({"name": "a", "takes": [1, "two"]})") ==
          "scene.takes[1]: expected a whole number");
    CHECK(refusal(R"({"name": "a", "takes": [4294967297]})") ==
          "scene.takes[0]: expected a smaller whole number");
    CHECK(refusal(R"({"name": "a", "weather": "snow"})") ==
          R"(scene.weather: unknown word "snow")");
    CHECK(refusal(R"({})") == "scene.name: is missing");
    CHECK(refusal("{") == "scene: is not valid JSON");
}

}  // namespace
}  // namespace nightreel

#include "toybox/evaluate/figures.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shotspec/base/files.h"

namespace nightreel::toybox {
namespace {

Interval recipe_of(const std::string& name) {
    const Figure figure = share_figure(name, {});
    INFO(name);
    REQUIRE(figure.recipe.has_value());
    return *figure.recipe;
}

TEST_CASE("McNemar's exact test is the binomial test of the cases that differ", "[toybox]") {
    CHECK(mcnemar(0, 0) == 1);
    CHECK(mcnemar(3, 3) == 1);
    CHECK(mcnemar(5, 0) == Approx(0.0625));     // 2 / 2^5
    CHECK(mcnemar(1, 8) == Approx(0.0390625));  // 2 (1 + 9) / 2^9
    CHECK(mcnemar(8, 1) == mcnemar(1, 8));
    CHECK(mcnemar(10, 25) == Approx(0.0167).margin(0.0001));
}

TEST_CASE("the intervals compared with are those of the model's card", "[toybox]") {
    const auto measured = nlohmann::json::parse(read_file("models/toybox/card.json"))["measured"];
    for (const auto& [name, share] : measured["one_actor_17"]["follow"].items()) {
        const Interval interval = recipe_of("follow." + name);
        CHECK(interval.low == Approx(share["low"].get<double>()));
        CHECK(interval.high == Approx(share["high"].get<double>()));
    }
    const std::vector<std::pair<std::string, std::string>> variants{{"both", "overlap2_ref"},
                                                                    {"neither", "neither"},
                                                                    {"overlap", "overlap2"},
                                                                    {"sheet", "ref_only"}};
    for (const auto& [name, in_card] : variants) {
        const auto& chain = measured["chain"][in_card];
        const Interval identity = recipe_of("chain." + name + ".identity");
        CHECK(identity.low == Approx(chain["identity_segments_2_to_4"]["low"].get<double>()));
        CHECK(identity.high == Approx(chain["identity_segments_2_to_4"]["high"].get<double>()));
        const Interval seam = recipe_of("chain." + name + ".seam");
        CHECK((seam.low + seam.high) / 2 == Approx(chain["seam_ratio_median"].get<double>()));
    }
}

TEST_CASE("figures agree when their intervals meet", "[toybox]") {
    CHECK(share_figure("follow.exact", wilson(136, 200)).agrees());
    CHECK(share_figure("follow.exact", wilson(120, 200)).agrees());
    CHECK_FALSE(share_figure("follow.exact", wilson(90, 200)).agrees());
    CHECK_FALSE(share_figure("follow.exact", wilson(0, 12)).agrees());
    CHECK_FALSE(share_figure("follow.exact", wilson(195, 200)).agrees());
    CHECK(share_figure("unheard of", wilson(1, 2)).agrees());
}

TEST_CASE("the interval of a median holds it and narrows with the count", "[toybox]") {
    std::vector<double> few, many;
    for (int i = 0; i < 400; ++i) {
        many.push_back(i / 4.0);
        if (i % 40 == 0) few.push_back(i / 4.0);
    }
    const Figure of_few = median_figure("chain.both.seam", few);
    const Figure of_many = median_figure("chain.both.seam", many);
    CHECK(of_few.interval.low <= of_few.value);
    CHECK(of_few.value <= of_few.interval.high);
    CHECK(of_many.interval.low > of_few.interval.low);
    CHECK(of_many.interval.high < of_few.interval.high);
    CHECK(of_many.value == Approx(49.875));
    CHECK_FALSE(of_many.agrees());
}

TEST_CASE("a mean has the interval of Student's t", "[toybox]") {
    // 2, 4, 4, 6: standard error 0.8165, three degrees of freedom.
    const Figure figure = mean_figure("slope", {2, 4, 4, 6});
    CHECK(figure.value == Approx(4));
    CHECK(figure.interval.high - 4 == Approx(3.182 * 0.8165).epsilon(0.02));
    CHECK(4 - figure.interval.low == Approx(figure.interval.high - 4));
    const Figure many = mean_figure("slope", std::vector<double>(16, 1.5));
    CHECK(many.interval.low == Approx(1.5));
}

TEST_CASE("a figure is one line of JSON", "[toybox]") {
    const std::string line = json_line_of(share_figure("follow.exact", wilson(136, 200)));
    CHECK(line.find('\n') == std::string::npos);
    const auto json = nlohmann::json::parse(line);
    CHECK(json["figure"] == "follow.exact");
    CHECK(json["right"] == 136);
    CHECK(json["agrees"] == true);
    CHECK(json["value"].get<double>() == Approx(0.68));
}

}  // namespace
}  // namespace nightreel::toybox

#include "toybox/detect/judge.h"

#include <vector>

#include <catch2/catch.hpp>

namespace nightreel::toybox {
namespace {

SeenActor seen_actor(Shape shape, Colour colour) {
    SeenActor actor;
    actor.shape = shape;
    actor.colour = colour;
    return actor;
}

Facts told(std::vector<ActorFacts> actors) {
    Facts facts;
    facts.actors = std::move(actors);
    return facts;
}

TEST_CASE("what a caption leaves open is not asked", "[toybox]") {
    Detection seen;
    seen.actors = {seen_actor(Shape::star, Colour::red)};
    const Judgement one = judge(seen, told({ActorFacts{}}));
    CHECK(one.of(Attribute::shape).asked == 0);
    CHECK(one.of(Attribute::background).asked == 0);
    CHECK(one.of(Attribute::action).asked == 1);
    CHECK(one.exact.right == 1);
}

TEST_CASE("actors are matched by colour before order", "[toybox]") {
    Detection seen;
    seen.actors = {seen_actor(Shape::star, Colour::red), seen_actor(Shape::circle, Colour::blue)};
    ActorFacts blue;
    blue.colour = Colour::blue;
    blue.shape = Shape::circle;
    ActorFacts other;
    other.shape = Shape::star;
    CHECK(judge(seen, told({other, blue})).exact.right == 1);
    CHECK(judge(seen, told({blue, other})).exact.right == 1);
}

TEST_CASE("one wrong attribute makes a clip inexact and no other attribute wrong", "[toybox]") {
    Detection seen;
    seen.actors = {seen_actor(Shape::star, Colour::red)};
    ActorFacts said;
    said.shape = Shape::circle;
    said.colour = Colour::red;
    const Judgement one = judge(seen, told({said}));
    CHECK(one.exact.right == 0);
    CHECK(one.of(Attribute::shape).right == 0);
    CHECK(one.of(Attribute::colour).right == 1);
    CHECK(one.of(Attribute::count).right == 1);
}

TEST_CASE("an actor that is not seen has nothing right", "[toybox]") {
    ActorFacts said;
    said.shape = Shape::circle;
    const Judgement one = judge(Detection{}, told({said}));
    CHECK(one.of(Attribute::count).right == 0);
    CHECK(one.of(Attribute::shape).right == 0);
    CHECK(one.of(Attribute::action).right == 0);
}

TEST_CASE("a Wilson interval holds its rate and narrows with the count", "[toybox]") {
    const Share some = wilson(136, 200);
    CHECK(some.rate == Approx(0.68));
    CHECK(some.low == Approx(0.6125).margin(1e-4));
    CHECK(some.high == Approx(0.7407).margin(1e-4));
    const Share all = wilson(200, 200);
    CHECK(all.low == Approx(0.9812).margin(1e-4));
    CHECK(all.high == Approx(1.0));
    CHECK(wilson(0, 96).low == Approx(0.0).margin(1e-12));
    CHECK(wilson(1360, 2000).high - wilson(1360, 2000).low < some.high - some.low);
    CHECK(wilson(0, 0).high == 1.0);
}

}  // namespace
}  // namespace nightreel::toybox

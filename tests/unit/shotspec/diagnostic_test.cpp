#include "shotspec/yaml/diagnostic.h"

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

Complaints about_one_file() {
    Complaints complaints;
    complaints.add_file("a.yaml");
    return complaints;
}

}  // namespace

TEST_CASE("a warning says that it is one, and an error reads as it always did", "[shotspec]") {
    Complaints complaints = about_one_file();
    complaints.warn({0, 2, 5}, "shots[0].shot", "odd");
    complaints.add({0, 3, 1}, {}, "wrong");
    CHECK(text_of(complaints.sorted()) ==
          "a.yaml:2:5: warning: shots[0].shot: odd\na.yaml:3:1: wrong\n");
}

TEST_CASE("only an error stops, through warnings and through documents joined", "[shotspec]") {
    Complaints complaints = about_one_file();
    CHECK_FALSE(complaints.has_errors());
    complaints.warn({0, 1, 1}, "a", "odd");
    CHECK_FALSE(complaints.empty());
    CHECK_FALSE(complaints.has_errors());
    CHECK_FALSE(has_errors(complaints.sorted()));

    Complaints other = about_one_file();
    other.warn({0, 1, 1}, "b", "odd");
    complaints.append(other);
    CHECK_FALSE(complaints.has_errors());
    CHECK(complaints.sorted().at(1).severity == Severity::warning);
    other.add({0, 1, 1}, "b", "wrong");
    complaints.append(other);
    CHECK(complaints.has_errors());
    CHECK(has_errors(complaints.sorted()));
}

TEST_CASE("a count names errors always and warnings when there are some", "[shotspec]") {
    Complaints complaints = about_one_file();
    CHECK(count_text(complaints.sorted()) == "no problems");
    complaints.warn({0, 1, 1}, "a", "odd");
    complaints.warn({0, 2, 1}, "a", "odd");
    CHECK(count_text(complaints.sorted()) == "no errors, 2 warnings");
    complaints.add({0, 3, 1}, "a", "wrong");
    CHECK(count_text(complaints.sorted()) == "1 error, 2 warnings");
    Complaints errors = about_one_file();
    errors.add({0, 1, 1}, "a", "wrong");
    errors.add({0, 2, 1}, "a", "wrong");
    CHECK(count_text(errors.sorted()) == "2 errors");
}

TEST_CASE("warnings beyond the limit never crowd out an error", "[shotspec]") {
    Complaints complaints = about_one_file();
    for (int i = 0; i < 1000; ++i) complaints.warn({0, 1 + i, 1}, "a", "odd");
    complaints.add({0, 2000, 1}, "b", "wrong");
    CHECK(complaints.has_errors());
    const auto sorted = complaints.sorted();
    CHECK(count_of(sorted, Severity::error) == 1);
    CHECK(count_of(sorted, Severity::warning) == diagnostics_max + 1);
    CHECK(sorted.back().message == "and more: only the first 200 warnings are listed");
}

}  // namespace nightreel

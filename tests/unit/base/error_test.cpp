#include "shotspec/base/error.h"

#include <catch2/catch.hpp>

#include "shotspec/base/check.h"

using nightreel::Error;
using nightreel::ErrorKind;

TEST_CASE("every kind of error survives the way through its name", "[base]") {
    for (const ErrorKind kind : {ErrorKind::bad_input,
                                 ErrorKind::usage,
                                 ErrorKind::unreachable,
                                 ErrorKind::not_allowed,
                                 ErrorKind::timed_out,
                                 ErrorKind::cancelled,
                                 ErrorKind::needs_approval,
                                 ErrorKind::out_of_memory,
                                 ErrorKind::unavailable,
                                 ErrorKind::corrupt,
                                 ErrorKind::crash,
                                 ErrorKind::internal}) {
        CHECK(nightreel::error_kind_named(nightreel::name_of(kind)) == kind);
    }
    CHECK(nightreel::error_kind_named("from a newer release") == ErrorKind::internal);
}

TEST_CASE("exit codes are the ones that scripts rely on", "[base]") {
    CHECK(nightreel::exit_code_of(ErrorKind::usage) == 2);
    CHECK(nightreel::exit_code_of(ErrorKind::bad_input) == 3);
    CHECK(nightreel::exit_code_of(ErrorKind::unreachable) == 4);
    CHECK(nightreel::exit_code_of(ErrorKind::not_allowed) == 5);
    CHECK(nightreel::exit_code_of(ErrorKind::timed_out) == 6);
    CHECK(nightreel::exit_code_of(ErrorKind::cancelled) == 7);
    CHECK(nightreel::exit_code_of(ErrorKind::needs_approval) == 8);
    CHECK(nightreel::exit_code_of(ErrorKind::out_of_memory) == 9);
    CHECK(nightreel::exit_code_of(ErrorKind::unavailable) == 10);
    CHECK(nightreel::exit_code_of(ErrorKind::internal) == 1);
}

TEST_CASE("context is put in front and the kind is kept", "[base]") {
    try {
        nightreel::in_context("segment 3", [] { throw Error(ErrorKind::corrupt, "torn"); });
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) == "segment 3: torn");
        CHECK(error.kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("a failing check names file and condition in release builds too", "[base]") {
    try {
        NIGHTREEL_CHECK(1 + 1 == 3, "sums are right");
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::internal);
        CHECK_THAT(error.what(),
                   Catch::Contains("error_test.cpp") && Catch::Contains("1 + 1 == 3"));
    }
}

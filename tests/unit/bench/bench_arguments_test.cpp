#include <catch2/catch.hpp>

#include "pipeline/bench/arguments.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

BenchArguments read(const std::vector<std::string>& arguments) {
    return read_bench_arguments(arguments);
}

}  // namespace

TEST_CASE("what bench is asked is read, a switch takes no value", "[bench]") {
    const BenchArguments asked = read({"vae",
                                       "--encode",
                                       "--random",
                                       "vae-2.1",
                                       "--size",
                                       "64x48",
                                       "--memory",
                                       "2GiB",
                                       "--precision",
                                       "fast"});
    CHECK(asked.part == "vae");
    CHECK(asked.encode);
    CHECK(asked.width == 64);
    CHECK(asked.height == 48);
    CHECK(asked.memory_bytes == std::int64_t{2} << 30);
    CHECK(asked.precision == PrecisionPolicy::fast);
}

TEST_CASE("asked nothing, bench names its parts, their models and its options", "[bench]") {
    CHECK_THROWS_WITH(read({}),
                      Catch::Contains("t2v-14b") && Catch::Contains("vae-2.2") &&
                          Catch::Contains("umt5-xxl") && Catch::Contains("--memory BYTES"));
}

TEST_CASE("what is wrong is named with what is wanted", "[bench]") {
    CHECK_THROWS_WITH(read({"vae", "--fast"}), Catch::StartsWith("--fast: unknown option\nusage:"));
    CHECK_THROWS_WITH(read({"vae", "--model"}), Catch::StartsWith("--model DIR: missing value"));
    CHECK_THROWS_WITH(read({"vae"}), Catch::StartsWith("expected either --model or --random"));
    CHECK_THROWS_WITH(read({"vae", "--model", "a", "--random", "b"}),
                      Catch::StartsWith("expected either --model or --random"));
    CHECK_THROWS_WITH(read({"vae", "--model", "a", "--size", "64"}),
                      Catch::StartsWith("--size 64: expected a size in pixels"));
    CHECK_THROWS_WITH(read({"vae", "--model", "a", "--frames", "0"}),
                      Catch::StartsWith("--frames 0: expected a number from 1"));
    CHECK_THROWS_WITH(read({"vae", "--model", "a", "--memory", "much"}),
                      Catch::StartsWith("--memory much:"));
}

}  // namespace nightreel

// The main of every test program; it ends with ctest's code for skipped tests where a case could
// not be run here.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "shotspec/base/processor.h"
#include "tests/support/skip.h"

int main(int argc, char** argv) {
    nightreel::limit_tensor_libraries();
    const int failed = Catch::Session().run(argc, argv);
    if (failed != 0 || nightreel::skipped_cases() == 0) return failed;
    return nightreel::exit_code_skipped;
}

// The main of every test program.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "shotspec/base/processor.h"

int main(int argc, char** argv) {
    nightreel::limit_tensor_libraries();
    return Catch::Session().run(argc, argv);
}

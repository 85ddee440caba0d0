// Whether the library of CUDA kernels, where it was built, registers what the engine asks for. No
// GPU is needed to load it.

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

#include "pipeline/model/tensor/tokens/operators.h"

namespace nightreel {

#ifdef NIGHTREEL_HAS_CUDA_KERNELS

TEST_CASE("operators are found beside the program, and tensors of the host do not go to them",
          "[cuda]") {
    const auto missing = load_token_operators();
    CAPTURE(missing.value_or(""));
    REQUIRE_FALSE(missing.has_value());
    CHECK(has_token_operators());
    CHECK_FALSE(load_token_operators().has_value());  // again is no fault
    CHECK_FALSE(can_take_rows(at::zeros({2, 3, 64})));
}

TEST_CASE("every operator is registered for GPUs under the signature that it is called with",
          "[cuda]") {
    REQUIRE_FALSE(load_token_operators().has_value());
    TimeModulation time;
    time.batch = 1;
    time.groups = 1;
    at::Tensor x = at::zeros({1, 3, 64});
    const at::Tensor row = at::zeros({1, 64});
    // Another signature would be refused before the dispatcher looks for a kernel.
    const auto no_kernel = Catch::Contains("'CPU' backend");
    CHECK_THROWS_WITH(operators::modulated_norm(x, time, row, row, 1e-6, at::kFloat), no_kernel);
    CHECK_THROWS_WITH(operators::add_gated(x, x, time, row), no_kernel);
    CHECK_THROWS_WITH(operators::norm_and_rotate(x.unsqueeze(2), row, {}, 2, 1e-6), no_kernel);
    CHECK_THROWS_WITH(operators::round_to_e4m3(x.squeeze(0)), no_kernel);
}

#else

TEST_CASE("a missing library of kernels is said with the places that were looked at", "[cuda]") {
    const auto missing = load_token_operators();
    REQUIRE(missing.has_value());
    CHECK_THAT(*missing,
               Catch::Contains("libnightreel_cuda.so") && Catch::Contains("/lib") &&
                   Catch::Contains("nvcc"));
    CHECK_FALSE(has_token_operators());
}

#endif

}  // namespace nightreel

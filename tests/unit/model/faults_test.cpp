#include "pipeline/model/tensor/faults.h"

#include <stdexcept>

#include <ATen/ATen.h>
#include <catch2/catch.hpp>

namespace nightreel {
namespace {

template <class Body>
TensorFault fault_of(const Body& body) {
    try {
        in_tensors("sampling", body);
    } catch (const TensorFault& fault) {
        return fault;
    }
    FAIL("nothing was thrown");
    return {ErrorKind::internal, "", ""};
}

}  // namespace

TEST_CASE("a fault of LibTorch is one sentence, and its stack is kept apart", "[faults]") {
    const TensorFault fault = fault_of([] { (void)at::mm(at::ones({2, 3}), at::ones({2, 3})); });
    const std::string text = fault.what();
    CHECK(fault.kind() == ErrorKind::internal);
    CHECK_THAT(text, Catch::StartsWith("sampling: ") && Catch::Contains("2x3"));
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find("frame #") == std::string::npos);
    CHECK(fault.details().size() > text.size());
}

TEST_CASE("what oneDNN throws is told in the same way", "[faults]") {
    const TensorFault fault =
        fault_of([] { throw std::runtime_error("could not create a primitive\nstack"); });
    CHECK(std::string(fault.what()) == "sampling: could not create a primitive");
    CHECK(fault.details() == "could not create a primitive\nstack");
    CHECK(fault_of([] { throw std::runtime_error("can't allocate memory"); }).kind() ==
          ErrorKind::out_of_memory);
}

TEST_CASE("errors of our own pass as they are", "[faults]") {
    CHECK_THROWS_WITH(in_tensors("sampling", [] { throw Error(ErrorKind::cancelled, "stop"); }),
                      "stop");
    CHECK(in_tensors("sampling", [] { return 3; }) == 3);
}

}  // namespace nightreel

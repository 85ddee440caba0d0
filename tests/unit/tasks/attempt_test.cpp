#include "pipeline/tasks/attempt.h"

#include <filesystem>
#include <new>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "pipeline/model/tensor/faults.h"
#include "pipeline/tasks/run_task.h"

namespace nightreel {
namespace {

template <class Thrown>
TaskFailure failure_of(const Thrown& thrown) {
    const ChildLine line = attempt([&]() -> TaskResult { throw thrown; });
    REQUIRE(line.failure.has_value());
    CHECK_FALSE(line.result.has_value());
    return *line.failure;
}

}  // namespace

TEST_CASE("a task that ends well is a line with its result", "[run_task]") {
    const ChildLine line = attempt([] { return TaskResult{.seconds = 2}; });
    REQUIRE(line.result.has_value());
    CHECK(line.result->seconds == 2);
    CHECK_FALSE(line.failure.has_value());
}

TEST_CASE("a fault keeps its kind, and a lost input its digest", "[run_task]") {
    CHECK(failure_of(Error(ErrorKind::unavailable, "disk")).kind == "unavailable");
    const TaskFailure lost = failure_of(LostInput(digest_of("a"), "gone"));
    CHECK(lost.kind == "corrupt");
    CHECK(lost.lost == std::vector<Digest>{digest_of("a")});
}

TEST_CASE("memory that ran out is told from bugs, on the host and on a device", "[run_task]") {
    CHECK(failure_of(std::bad_alloc()).kind == "out_of_memory");
    CHECK(
        failure_of(std::runtime_error("CUDA out of memory. Tried to allocate 2 GiB\nstack")).kind ==
        "out_of_memory");
    CHECK(failure_of(std::runtime_error("DefaultCPUAllocator: can't allocate memory")).kind ==
          "out_of_memory");
    const TaskFailure bug = failure_of(std::runtime_error("shape mismatch\nframe 0\nframe 1"));
    CHECK(bug.kind == "internal");
    CHECK(bug.text == "shape mismatch");
}

TEST_CASE("a fault of the worker's disk is no bug, and no fault of the task", "[run_task]") {
    for (const std::errc why : {std::errc::no_space_on_device, std::errc::not_a_directory}) {
        const TaskFailure failure =
            failure_of(std::filesystem::filesystem_error("stat", "/a", std::make_error_code(why)));
        CHECK(failure.kind == "unavailable");
        CHECK(failure.text.starts_with("/a: cannot be used: "));
    }
}

TEST_CASE("a fault of the tensor library keeps its sentence and its kind", "[run_task]") {
    const TaskFailure fault = failure_of(
        TensorFault(ErrorKind::internal, "decoding: no primitive", "no primitive\nstack"));
    CHECK(fault.kind == "internal");
    CHECK(fault.text == "decoding: no primitive");
}

TEST_CASE("even what is no exception is a failure and not the end", "[run_task]") {
    CHECK(failure_of(7).kind == "internal");
}

}  // namespace nightreel

#include "pipeline/program/task_log.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/base/clock.h"

namespace nightreel {
namespace {

// A log in memory, and time that a test lets pass.
struct LogBench {
    std::size_t lines_with(const std::string& words) const {
        std::size_t lines = 0;
        for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos; ++at) ++lines;
        return lines;
    }

    std::string text;
    ManualClock clock;
    TaskLog log{[this](std::string_view line) { text += line; }, clock};
};

TaskRequest sample_request() {
    SampleOrder order;
    order.model = {"toybox", "/models/toybox", digest_of("card")};
    order.size = {832, 480};
    order.segment = 3;
    order.latent_count = 21;
    order.sampling.steps = 20;
    return {.order = order, .inputs = {{digest_of("a"), "/store/aa/a", {}}}, .staging = "/staging"};
}

}  // namespace

TEST_CASE("a log says what the attempt began with", "[run_task]") {
    LogBench bench;
    bench.log.begin(sample_request());
    for (const char* words : {"sample: segment 3",
                              "model toybox",
                              "device cpu",
                              "832x480",
                              "latent frames 0 to 20",
                              "20 steps",
                              "input /store/aa/a",
                              "staging /staging"}) {
        CHECK_THAT(bench.text, Catch::Contains(words));
    }
    CHECK_THAT(bench.text, Catch::Contains(digest_of("card").hex()));
    CHECK_THAT(bench.text, Catch::Contains(digest_of(sample_request().order).hex()));
}

TEST_CASE("a log has a line for each step that counts, with seconds", "[run_task]") {
    LogBench bench;
    bench.log.begin(sample_request());
    bench.log.step(0, "opening model toybox");
    bench.clock.advance(Millis{12'300});
    bench.log.step(0, "step 0 of 20");
    for (int frame = 1; frame <= 10'000; ++frame) {
        bench.log.step(frame / 10'000.0, "frame " + std::to_string(frame));
    }
    CHECK_THAT(bench.text, Catch::Contains("0.0 s  opening model toybox"));
    CHECK_THAT(bench.text, Catch::Contains("12.3 s  step 0 of 20"));
    CHECK(bench.lines_with("frame ") <= 202);
    CHECK(bench.lines_with("frame ") >= 190);
    CHECK_THAT(bench.text, Catch::Contains("frame 10000 (100.0 %)"));
}

TEST_CASE("a log ends with the figures of the result or the whole text of the error",
          "[run_task]") {
    LogBench bench;
    bench.log.begin(sample_request());
    ChildLine end;
    end.result = TaskResult{.seconds = 265.25,
                            .device_class = "cpu avx2 threads=4",
                            .precision = "float32",
                            .memory_bytes = std::int64_t{3} << 30,
                            .facts = R"({"steps":20})"};
    bench.log.end(end);
    for (const char* words : {"done: 265.2 s", "3.00 GiB", "threads=4", R"({"steps":20})"}) {
        CHECK_THAT(bench.text, Catch::Contains(words));
    }
    end = {};
    const std::string text = fmt::format("{} the end", std::string(3'000, 'x'));
    end.failure = TaskFailure{"corrupt", text, {digest_of("l")}};
    bench.log.end(end);
    CHECK_THAT(bench.text, Catch::Contains("failed (corrupt): xxx"));
    CHECK_THAT(bench.text, Catch::Contains("xxx the end"));
    CHECK_THAT(bench.text, Catch::Contains("lost input " + digest_of("l").hex()));
}

}  // namespace nightreel

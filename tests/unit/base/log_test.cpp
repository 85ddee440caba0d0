#include "shotspec/base/log.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

std::string written(std::FILE* file) {
    std::rewind(file);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    return text;
}

}  // namespace

TEST_CASE("a log line is one JSON object with its time, event and fields", "[base]") {
    nightreel::ManualClock clock;
    clock.advance(nightreel::Millis(1'000'123));
    std::FILE* file = std::tmpfile();
    nightreel::Log log(clock, file);
    log.info("task_done",
             {{"task", std::string("a \"b\"\n\x01")}, {"ms", std::int64_t{12}}, {"ok", true}});
    const auto json = nlohmann::json::parse(written(file));
    std::fclose(file);
    CHECK(json["at"] == "1970-01-01T00:16:40.123Z");
    CHECK(json["event"] == "task_done");
    CHECK(json["task"] == "a \"b\"\n\x01");
    CHECK(json["ms"] == 12);
    CHECK(json["ok"] == true);
}

TEST_CASE("a log keeps quiet below its level", "[base]") {
    const nightreel::ManualClock clock;
    std::FILE* file = std::tmpfile();
    nightreel::Log log(clock, file, nightreel::LogLevel::warning);
    log.info("unimportant");
    log.error("important");
    const std::string text = written(file);
    std::fclose(file);
    CHECK_THAT(text, Catch::Contains("\"important\"") && !Catch::Contains("unimportant"));
}

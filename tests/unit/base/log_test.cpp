#include "shotspec/base/log.h"

#include <csignal>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace {

// A disk that is full from a size on, as far as this process writes.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(std::size_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
};

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

TEST_CASE("lines that a full disk takes no more are counted and told once it has room", "[base]") {
    const nightreel::ManualClock clock;
    std::FILE* file = std::tmpfile();
    nightreel::Log log(clock, file);
    log.info("before");
    {
        const FileSizeLimit limit(written(file).size() + 10);
        log.info("in_part");
        log.info("lost");
    }
    log.info("after");
    log.info("last");
    std::istringstream lines(written(file));
    std::fclose(file);
    std::vector<std::string> events;
    for (std::string line; std::getline(lines, line);) {
        const auto json = nlohmann::json::parse(line, nullptr, false);
        events.push_back(json.is_discarded() ? "torn" : json["event"].get<std::string>());
        if (events.back() == "log_lines_lost") CHECK(json["lines"] == 2);
    }
    CHECK(events == std::vector<std::string>{"before", "torn", "log_lines_lost", "after", "last"});
}

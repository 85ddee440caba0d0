#pragma once
// Events, not sentences: one JSON object a line, found again by job, task or attempt. A Log is
// handed in, never global. Lines that cannot be written (a full disk, a reader that went away) are
// counted, and told as an event of their own once the file takes lines again. Thread-safe.

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "shotspec/base/clock.h"

namespace nightreel {

enum class LogLevel { debug, info, warning, error };

struct LogField {
    std::string_view name;
    std::variant<std::int64_t, double, bool, std::string> value;
};

class Log {
  public:
    // `file` is borrowed and may be null (then nothing is written).
    Log(const Clock& clock, std::FILE* file, LogLevel least = LogLevel::info)
        : clock_(clock), file_(file), least_(least) {}

    void debug(std::string_view event, std::initializer_list<LogField> fields = {});
    void info(std::string_view event, std::initializer_list<LogField> fields = {});
    void warning(std::string_view event, std::initializer_list<LogField> fields = {});
    void error(std::string_view event, std::initializer_list<LogField> fields = {});

  private:
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

    const Clock& clock_;
    std::FILE* file_;
    LogLevel least_;
    std::mutex mutex_;
    std::int64_t lost_ = 0;       // lines since the last one that was written
    bool line_is_begun_ = false;  // a part of a line was written
};

// `text` as a JSON string with its quotes; bytes that are not UTF-8 are passed through.
std::string json_quoted(std::string_view text);

}  // namespace nightreel

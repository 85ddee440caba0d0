#include "shotspec/base/log.h"

#include <array>

#include <fmt/format.h>

#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::string json_value(const LogField& field) {
    if (const auto* text = std::get_if<std::string>(&field.value)) return json_quoted(*text);
    if (const auto* flag = std::get_if<bool>(&field.value)) return *flag ? "true" : "false";
    if (const auto* real = std::get_if<double>(&field.value)) return fmt::format("{}", *real);
    return fmt::format("{}", std::get<std::int64_t>(field.value));
}

std::string beginning_of_line(const Clock& clock, LogLevel level, std::string_view event) {
    return fmt::format(R"({{"at":"{}","level":"{}","event":{})",
                       utc_text(clock.wall()),
                       level_names.at(static_cast<std::size_t>(level)),
                       json_quoted(event));
}

}  // namespace

std::string json_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out.push_back(c);
                }
        }
    }
    out.push_back('"');
    return out;
}

void Log::debug(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::debug, event, fields);
}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::info, event, fields);
}

void Log::warning(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::warning, event, fields);
}

void Log::error(std::string_view event, std::initializer_list<LogField> fields) {
    write(LogLevel::error, event, fields);
}

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (file_ == nullptr || level < least_) return;
    std::string line = beginning_of_line(clock_, level, event);
    for (const LogField& field : fields) {
        line += fmt::format(",{}:{}", json_quoted(field.name), json_value(field));
    }
    line += "}\n";
    const std::lock_guard lock(mutex_);
    if (lost_ > 0) {
        line = fmt::format("{}{},\"lines\":{}}}\n{}",
                           line_is_begun_ ? "\n" : "",
                           beginning_of_line(clock_, LogLevel::warning, "log_lines_lost"),
                           lost_,
                           line);
    }
    const std::size_t written = write_some(::fileno(file_), line);
    if (written > 0) line_is_begun_ = written < line.size();
    lost_ = written == line.size() ? 0 : lost_ + 1;
}

}  // namespace nightreel

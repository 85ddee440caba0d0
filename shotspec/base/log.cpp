#include "shotspec/base/log.h"

#include <array>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

std::string json_value(const LogField& field) {
    if (const auto* text = std::get_if<std::string>(&field.value)) return json_quoted(*text);
    if (const auto* flag = std::get_if<bool>(&field.value)) return *flag ? "true" : "false";
    if (const auto* real = std::get_if<double>(&field.value)) return fmt::format("{}", *real);
    return fmt::format("{}", std::get<std::int64_t>(field.value));
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
    std::string line = fmt::format(R"({{"at":"{}","level":"{}","event":{})",
                                   utc_text(clock_.wall()),
                                   level_names.at(static_cast<std::size_t>(level)),
                                   json_quoted(event));
    for (const LogField& field : fields) {
        line += fmt::format(",{}:{}", json_quoted(field.name), json_value(field));
    }
    line += "}\n";
    const std::lock_guard lock(mutex_);
    std::fwrite(line.data(), 1, line.size(), file_);
    std::fflush(file_);
}

}  // namespace nightreel

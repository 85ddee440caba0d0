#include "plugins/http_answer.h"

#include <charconv>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Stands after each answer, before its status; no JSON text has this byte in it.
constexpr char end_of_body = '\x1e';

constexpr std::size_t said_max = 300;  // of an answer that is none

std::vector<HttpAnswer> answers_in(const std::string& output) {
    std::vector<HttpAnswer> answers;
    for (std::size_t at = 0;;) {
        const std::size_t end = output.find(end_of_body, at);
        if (end == std::string::npos) return answers;
        const std::size_t line_end = std::min(output.find('\n', end), output.size());
        HttpAnswer& answer = answers.emplace_back();
        answer.body = output.substr(at, end - at);
        std::from_chars(output.data() + end + 1, output.data() + line_end, answer.status);
        at = std::min(line_end + 1, output.size());
    }
}

}  // namespace

std::vector<HttpAnswer> ask_over_http(const RunCommand& run,
                                      const std::vector<std::string>& addresses,
                                      const std::vector<std::string>& headers,
                                      const std::string& body) {
    if (addresses.empty()) return {};
    std::vector<std::string> command{"curl",
                                     "--silent",
                                     "--show-error",
                                     "--connect-timeout",
                                     "10",
                                     "--max-time",
                                     "60",
                                     "--write-out",
                                     fmt::format("{}%{{http_code}}\n", end_of_body)};
    for (const std::string& header : headers) {
        command.insert(command.end(), {"--header", header});
    }
    if (!body.empty()) command.insert(command.end(), {"--data-binary", "@-"});
    command.insert(command.end(), addresses.begin(), addresses.end());
    const CommandEnd end = run(command, body);
    std::vector<HttpAnswer> answers = answers_in(end.output);
    if (end.code != 0 || answers.size() != addresses.size()) {
        throw Error(ErrorKind::unreachable,
                    fmt::format("{} does not answer: {}", addresses.front(), end.errors));
    }
    return answers;
}

Json json_of(const HttpAnswer& answer, const std::string& address) {
    if (answer.status == 200) {
        if (Json json = Json::parse(answer.body, nullptr, false); !json.is_discarded()) return json;
    }
    throw Error(ErrorKind::unreachable,
                fmt::format("{} answers with status {}: {}",
                            address,
                            answer.status,
                            answer.body.substr(0, said_max)));
}

}  // namespace nightreel

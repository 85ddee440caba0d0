#include "cli/farm/log_follower.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel::cli {
namespace {

constexpr std::size_t remembered_bytes = 400;  // to find the place again in a log without offsets

}  // namespace

std::string log_heading(const Json& row) {
    const std::string path = row.value("path", std::string());
    return fmt::format("== {}  attempt {}  on {}{}{}\n",
                       row.value("task", std::string()),
                       row.value("attempt", std::uint64_t{0}),
                       row.value("worker", std::string()),
                       path.empty() ? "" : "  ",
                       path);
}

std::string LogFollower::news(const Json& rows) {
    std::string all;
    for (const Json& row : rows) {
        const Attempt attempt{row.value("task", std::string()),
                              row.value("attempt", std::uint64_t{0})};
        Read& read = read_[attempt];
        if (read.has_ended) continue;
        const bool runs = row.value("running", false);
        const std::string text = runs ? from_running(read, row) : from_ended(read, row);
        read.has_ended = !runs;
        read.was_running = runs;
        if (text.empty()) continue;
        read.last += text;
        read.last.erase(0, read.last.size() - std::min(read.last.size(), remembered_bytes));
        if (speaker_ != attempt) all += (ends_in_line_ ? "" : "\n") + log_heading(row);
        speaker_ = attempt;
        ends_in_line_ = text.back() == '\n';
        all += text;
    }
    return all;
}

// The row has a part of the log that begins at `offset`.
std::string LogFollower::from_running(Read& read, const Json& row) const {
    const auto begin = row.value("offset", std::uint64_t{0});
    const std::string text = row.value("tail", std::string());
    const std::uint64_t end = begin + text.size();
    if (end <= read.end) return {};
    const std::uint64_t missing = begin > read.end ? begin - read.end : 0;
    const std::uint64_t known = missing > 0 ? 0 : read.end - begin;
    read.end = end;
    return (missing > 0 ? fmt::format("[{} bytes not shown]\n", missing) : "") + text.substr(known);
}

// The row has the end of the log.
std::string LogFollower::from_ended(const Read& read, const Json& row) const {
    const std::string tail = row.value("tail", std::string());
    if (!read.was_running || read.last.empty()) return tail;
    const std::size_t at = tail.rfind(read.last);
    return at == std::string::npos ? tail : tail.substr(at + read.last.size());
}

}  // namespace nightreel::cli

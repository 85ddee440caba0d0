#include "pipeline/program/threads.h"

#include <charconv>

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int threads_max = 1024;

}  // namespace

std::int32_t threads_in(const std::string& text) {
    std::int32_t threads = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (error != std::errc() || end != text.data() + text.size() || threads < 1 ||
        threads > threads_max) {
        throw Error(ErrorKind::usage,
                    fmt::format("--threads {}: expected a number from 1 to {}", text, threads_max));
    }
    return threads;
}

}  // namespace nightreel

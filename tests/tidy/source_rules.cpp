#include <array>
#include <regex>

#include <fmt/format.h>

#include "tests/tidy/tidy.h"

namespace nightreel::tidy {
namespace {

constexpr std::size_t file_lines_max = 500;
constexpr std::size_t header_lines_max = 300;
constexpr std::size_t line_columns_max = 100;
constexpr std::size_t function_lines_max = 60;

struct Ban {
    const char* pattern;
    const char* remedy;
    const char* allowed;  // paths (regular expression) where it may stand
};

// The tests' own sources name these words too, hence the paths.
constexpr std::array<Ban, 12> bans{{
    {R"(\b(TODO|FIXME|XXX|HACK)\b)",
     "finish it or file it; the tree holds no leftovers",
     "tests/tidy/.*"},
    {R"(std::(cout|cerr)\b)",
     "print from cli or a main; elsewhere return text or log an event",
     "cli/.*|tests/.*|.*main\\.cpp"},
    {R"(\b(system_clock|steady_clock|high_resolution_clock)::now)",
     "take a Clock or a time as a parameter",
     "shotspec/base/clock\\.cpp|tests/.*"},
    {R"(\b(gettimeofday|clock_gettime|std::time)\s*\()",
     "take a Clock or a time as a parameter",
     "shotspec/base/clock\\.cpp|tests/.*"},
    {R"(\brandom_device\b|\bs?rand\s*\()", "use a key: shotspec/base/random.h", "tests/tidy/.*"},
    {R"(\b(sleep_for|sleep_until|usleep|nanosleep)\b|[^_.:>]\bsleep\s*\()",
     "wait for an event with a limit",
     "tests/.*"},
    {R"(^\s*using namespace\b)", "name what is used", "tests/.*"},
    {R"(catch\s*\(\.\.\.\))",
     "catch Error, and only in main, at the task and at the request",
     ".*main\\.cpp|tests/.*|pipeline/tasks/(run_task|attempt).*|worker/.*|scheduler/server/.*"},
    {R"(\b(REQUIRE|CHECK)\(true\)|SUCCEED\(\))",
     "a test that cannot fail is none",
     "tests/tidy/.*"},
    {R"(\bstd::(system|getenv)\s*\()",
     "hand the environment in from main or cli",
     "cli/.*|.*main\\.cpp|tests/.*|shotspec/base/processor\\.cpp|shotspec/yaml/document\\.cpp|"
     "pipeline/picture/text\\.cpp"},
    {R"(\b__builtin_cpu_(supports|is)\b|\bcpuid\.h)",
     "ask processor_features(), which NIGHTREEL_CPU reaches",
     "shotspec/base/processor\\.cpp|tests/tidy/.*"},
    {R"(\bassert\s*\()", "use NIGHTREEL_CHECK, which stays in release builds", "tests/tidy/.*"},
}};

std::size_t columns_of(const std::string& line) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
    return columns;
}

bool ends_function(const std::string& line, const std::string& indent) {
    return line.starts_with(indent + "}");
}

// A body is what stands between a line that ends in "{" and the "}" of the same indent. Types,
// namespaces and tables are not functions.
void check_functions(const SourceFile& file, Complaints& out) {
    static const std::regex opening(
        R"(^(\s*)([^\s#/].*\)(\s*(const|noexcept|override|final|-> [\w:<>&* ]+))*)\s*\{$)");
    static const std::regex control(
        R"(^\s*(if|for|while|switch|else|do|catch|TEST_CASE|SECTION)\b.*)");
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_match(file.lines[i], match, opening)) continue;
        if (std::regex_match(file.lines[i], control)) continue;
        const std::string indent = match[1];
        for (std::size_t j = i + 1; j < file.lines.size(); ++j) {
            if (!ends_function(file.lines[j], indent)) continue;
            if (j - i > function_lines_max) {
                out.push_back({fmt::format("{}:{}", file.path, i + 1),
                               fmt::format("the function has {} lines, {} are allowed: split it",
                                           j - i,
                                           function_lines_max)});
            }
            break;
        }
    }
}

void check_bans(const SourceFile& file, Complaints& out) {
    for (const Ban& ban : bans) {
        if (std::regex_match(file.path, std::regex(ban.allowed))) continue;
        const std::regex pattern(ban.pattern);
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            std::smatch match;
            if (!std::regex_search(file.lines[i], match, pattern)) continue;
            out.push_back({fmt::format("{}:{}", file.path, i + 1),
                           fmt::format("\"{}\": {}", match.str(), ban.remedy)});
        }
    }
}

void check_torch_wall(const SourceFile& file, Complaints& out) {
    static const std::regex inside(
        "pipeline/(model|sample|stitch|parity)/.*|toybox/train/.*|tests/.*");
    static const std::regex tensor(R"(\bat::Tensor\b)");
    if (!file.path.ends_with(".h") || std::regex_match(file.path, inside)) return;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        if (std::regex_search(file.lines[i], tensor)) {
            out.push_back(
                {fmt::format("{}:{}", file.path, i + 1), "a tensor outside of the torch wall"});
        }
    }
}

}  // namespace

void check_sources(const Tree& tree, Complaints& out) {
    for (const SourceFile& file : tree.sources) {
        const bool header = file.path.ends_with(".h");
        const std::size_t limit = header ? header_lines_max : file_lines_max;
        if (file.lines.size() > limit) {
            out.push_back(
                {file.path,
                 fmt::format(
                     "{} lines, {} are allowed: split it by noun", file.lines.size(), limit)});
        }
        if (header && (file.lines.empty() || file.lines.front() != "#pragma once")) {
            out.push_back({file.path, "a header begins with #pragma once"});
        }
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            const std::size_t columns = columns_of(file.lines[i]);
            if (columns > line_columns_max) {
                out.push_back(
                    {fmt::format("{}:{}", file.path, i + 1),
                     fmt::format("{} columns, {} are allowed", columns, line_columns_max)});
            }
        }
        check_functions(file, out);
        check_bans(file, out);
        check_torch_wall(file, out);
    }
}

}  // namespace nightreel::tidy

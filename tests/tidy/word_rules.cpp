#include <array>
#include <regex>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "tests/tidy/tidy.h"

namespace nightreel::tidy {
namespace {

struct Turn {
    const char* pattern;
    const char* instead;
};

// Turns that users had to decode. Short on purpose: a word belongs here only if a plainer one
// always fits (CONTRIBUTING.md, "How texts read").
constexpr std::array<Turn, 9> turns{{
    {R"(\b(is|are) wanted\b)", "expected"},
    {R"(\bha(s|ve) to be\b)", "must be"},
    {R"(\bstands? (twice|here|in|for|beside|there)\b)", "is in, means, duplicate"},
    {R"(\b(afresh|anew)\b)", "again"},
    {R"(\bmend(s|ed|ing)?\b)", "fix"},
    {R"(\b(is|are) told\b)", "is set, is reported"},
    {R"(\bfor so (long|many)\b)", "this long, this many"},
    {R"(\breckon(s|ed|ing)?\b)", "estimate, count"},
    {R"(\bleft out\b)", "default, omitted, skipped"},
}};

void check_line(const std::string& place, const std::string& text, Complaints& out) {
    static const std::vector<std::regex> patterns = [] {
        std::vector<std::regex> all;
        for (const Turn& turn : turns) all.emplace_back(turn.pattern);
        return all;
    }();
    if (text.empty()) return;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(text, match, patterns[i])) continue;
        out.push_back({place, fmt::format("\"{}\": write {}", match.str(), turns[i].instead)});
    }
}

void check_document(const Tree& tree, const std::string& path, Complaints& out) {
    std::istringstream text(read_file(tree.root / path));
    std::size_t number = 0;
    for (std::string line; std::getline(text, line);) {
        check_line(fmt::format("{}:{}", path, ++number), line, out);
    }
}

// The string literals of a line. Assertions and comments are for whoever reads the source.
std::string literals_of(const std::string& line) {
    static const std::regex literal(R"("((?:[^"\\]|\\.)*)\")");
    static const std::regex skipped(R"(^\s*(//|#include)|NIGHTREEL_CHECK)");
    if (line.find('"') == std::string::npos || std::regex_search(line, skipped)) return {};
    std::string text;
    for (std::sregex_iterator at(line.begin(), line.end(), literal), end; at != end; ++at) {
        text += (*at)[1].str() + '\n';
    }
    return text;
}

}  // namespace

void check_words(const Tree& tree, Complaints& out) {
    static const std::regex shown(
        "(cli|scheduler|worker|shotspec|pipeline)/.*|toybox/(tool|detect|evaluate)/.*");
    for (const SourceFile& file : tree.sources) {
        if (!std::regex_match(file.path, shown)) continue;
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            check_line(fmt::format("{}:{}", file.path, i + 1), literals_of(file.lines[i]), out);
        }
    }
    for (const std::string& path : tree.documents) {
        if (path != "CONTRIBUTING.md") check_document(tree, path, out);  // which quotes them
    }
    for (const auto& entry : std::filesystem::directory_iterator(tree.root / "docs")) {
        if (entry.path().extension() != ".md") continue;
        check_document(tree, "docs/" + entry.path().filename().string(), out);
    }
}

}  // namespace nightreel::tidy

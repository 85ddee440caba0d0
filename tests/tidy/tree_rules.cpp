#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "tests/tidy/tidy.h"

namespace fs = std::filesystem;

namespace nightreel::tidy {
namespace {

constexpr std::array<std::string_view, 9> rooms{
    "shotspec", "pipeline", "scheduler", "worker", "plugins", "cli", "toybox", "examples", "tests"};

// A source counts as built when the CMakeLists.txt of its own folder, or of one above, names it.
void check_built(const Tree& tree, Complaints& out) {
    for (const SourceFile& source : tree.sources) {
        if (source.path.ends_with(".h")) continue;
        bool named = false;
        for (const SourceFile& cmake : tree.cmake) {
            const fs::path folder = fs::path(cmake.path).parent_path();
            const std::string prefix = folder.empty() ? "" : folder.generic_string() + "/";
            if (!source.path.starts_with(prefix)) continue;
            const std::string wanted = source.path.substr(prefix.size());
            for (const std::string& line : cmake.lines) {
                if (line.find(wanted) != std::string::npos) named = true;
            }
        }
        if (!named) out.push_back({source.path, "is in no CMakeLists.txt: build it or delete it"});
    }
}

void check_readmes(const Tree& tree, Complaints& out) {
    const std::set<std::string> documents(tree.documents.begin(), tree.documents.end());
    for (const std::string_view room : rooms) {
        const std::string readme = fmt::format("{}/README.md", room);
        if (!documents.contains(readme) && !fs::exists(tree.root / readme)) {
            out.push_back(
                {std::string(room), "has no README.md: what, what not, entry point, one example"});
        }
    }
    for (const char* document :
         {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md"}) {
        if (!fs::exists(tree.root / document)) out.push_back({document, "is missing"});
    }
}

// A folder that nobody can keep in mind is several.
constexpr std::size_t sources_max = 40;

void check_rooms(const Tree& tree, Complaints& out) {
    std::map<std::string, std::size_t> sources;
    for (const SourceFile& source : tree.sources) {
        ++sources[fs::path(source.path).parent_path().generic_string()];
    }
    for (const auto& [folder, count] : sources) {
        if (count <= sources_max) continue;
        out.push_back({folder, fmt::format("{} sources, {} are allowed", count, sources_max)});
    }
}

std::string text_of_tests(const Tree& tree) {
    std::string text;
    for (const auto& entry : fs::recursive_directory_iterator(tree.root / "tests")) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".cpp" || extension == ".txt" || extension == ".sh" || extension == ".py")
            text += read_file(entry.path());
    }
    return text;
}

void check_used(const Tree& tree, Complaints& out) {
    const std::string tests = text_of_tests(tree);
    for (const auto& entry : fs::directory_iterator(tree.root / "examples")) {
        if (!entry.is_directory()) continue;
        const std::string name = entry.path().filename().string();
        if (!fs::exists(entry.path() / "README.md")) {
            out.push_back({"examples/" + name, "has no README.md"});
        }
        if (tests.find(name) == std::string::npos) {
            out.push_back({"examples/" + name, "is run by no test"});
        }
    }
    for (const auto& entry : fs::directory_iterator(tree.root / "farm_configs")) {
        const std::string name = entry.path().filename().string();
        if (entry.path().extension() == ".yaml" && tests.find(name) == std::string::npos) {
            out.push_back({"farm_configs/" + name, "is loaded by no test"});
        }
    }
    for (const SourceFile& source : tree.sources) {
        if (!source.path.starts_with("tests/fuzz/")) continue;
        const fs::path corpus = tree.root / "tests/fuzz/corpus" / fs::path(source.path).stem();
        if (!source.path.ends_with("_fuzz.cpp")) continue;
        if (!fs::is_directory(corpus) || fs::is_empty(corpus)) {
            out.push_back({source.path,
                           "has no corpus in " + fs::relative(corpus, tree.root).generic_string()});
        }
    }
}

}  // namespace

void check_tree(const Tree& tree, Complaints& out) {
    check_built(tree, out);
    check_readmes(tree, out);
    check_rooms(tree, out);
    check_used(tree, out);
}

}  // namespace nightreel::tidy

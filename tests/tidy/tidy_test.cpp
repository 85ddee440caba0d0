// Usage: tidy_test ROOT. Prints every complaint as "place: text"; exit status 1 when there is one.
#include "tests/tidy/tidy.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace fs = std::filesystem;

namespace nightreel::tidy {
namespace {

constexpr std::array<std::string_view, 8> parts{
    "shotspec", "pipeline", "scheduler", "worker", "plugins", "cli", "toybox", "tests"};

SourceFile read_source(const fs::path& root, const fs::path& path) {
    SourceFile file{fs::relative(path, root).generic_string(), {}};
    std::istringstream text(read_file(path));
    for (std::string line; std::getline(text, line);) file.lines.push_back(line);
    return file;
}

void add_file(Tree& tree, const fs::path& path) {
    const std::string extension = path.extension().string();
    if (extension == ".h" || extension == ".cpp" || extension == ".cu") {
        tree.sources.push_back(read_source(tree.root, path));
    } else if (extension == ".cmake" || path.filename() == "CMakeLists.txt") {
        tree.cmake.push_back(read_source(tree.root, path));
    } else if (extension == ".md") {
        tree.documents.push_back(fs::relative(path, tree.root).generic_string());
    }
}

Tree read_tree(const fs::path& root) {
    Tree tree{root, {}, {}, {}};
    for (const auto& entry : fs::directory_iterator(root)) {
        if (entry.is_regular_file()) add_file(tree, entry.path());
    }
    for (const std::string_view part : parts) {
        for (const auto& entry : fs::recursive_directory_iterator(root / part)) {
            if (entry.is_regular_file()) add_file(tree, entry.path());
        }
    }
    std::sort(tree.sources.begin(), tree.sources.end(), [](const auto& a, const auto& b) {
        return a.path < b.path;
    });
    return tree;
}

int run(const fs::path& root) {
    const Tree tree = read_tree(root);
    Complaints complaints;
    check_layers(tree, complaints);
    check_sources(tree, complaints);
    check_tree(tree, complaints);
    check_words(tree, complaints);
    check_declarations(tree, complaints);
    check_descriptions(tree, complaints);
    for (const Complaint& complaint : complaints) {
        fmt::print("{}: {}\n", complaint.place, complaint.text);
    }
    fmt::print("{} sources, {} complaints\n", tree.sources.size(), complaints.size());
    return complaints.empty() ? 0 : 1;
}

}  // namespace
}  // namespace nightreel::tidy

int main(int argc, char** argv) {
    try {
        return nightreel::tidy::run(argc > 1 ? argv[1] : ".");
    } catch (const std::exception& error) {
        fmt::print(stderr, "tidy_test: {}\n", error.what());
        return 1;
    }
}

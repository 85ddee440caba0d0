#pragma once
// The rules of the house, checked like any other law. Each rule looks at the tree and adds
// complaints that name the place and the remedy. One thread.

#include <filesystem>
#include <string>
#include <vector>

namespace nightreel::tidy {

struct SourceFile {
    std::string path;  // relative to the root, with forward slashes
    std::vector<std::string> lines;
};

struct Tree {
    std::filesystem::path root;
    std::vector<SourceFile> sources;     // .h, .cpp and .cu of every part, tests included
    std::vector<SourceFile> cmake;       // every CMakeLists.txt and .cmake
    std::vector<std::string> documents;  // .md, relative
};

struct Complaint {
    std::string place;  // "path:line" or "path"
    std::string text;   // what is wrong, and what to do instead
};

using Complaints = std::vector<Complaint>;

// ARCHITECTURE.md's layer table against every #include.
void check_layers(const Tree& tree, Complaints& out);

// Lengths of files, headers, lines and functions; calls that have a better place; leftovers.
void check_sources(const Tree& tree, Complaints& out);

// Words in texts that users read, against a short list of turns that are hard to read.
void check_words(const Tree& tree, Complaints& out);

// Functions that a header declares and nothing defines.
void check_declarations(const Tree& tree, Complaints& out);

// Described fields that nothing but their description names: settings without effect, facts that
// nobody tells.
void check_descriptions(const Tree& tree, Complaints& out);

// Every source is in CMake, every folder explains itself, every example and corpus is used.
void check_tree(const Tree& tree, Complaints& out);

}  // namespace nightreel::tidy

#pragma once
// What is wrong with a document, and where. Readers collect all complaints of a document and leave
// it to the caller to stop. Plain values; a Complaints belongs to one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

// A place in one of the files of a document. Lines and columns count from 1, columns in bytes.
struct Place {
    std::uint32_t file = 0;  // index into Complaints::files()
    std::int32_t line = 1;
    std::int32_t column = 1;

    friend bool operator==(const Place&, const Place&) = default;
};

struct Diagnostic {
    std::string file;
    std::int32_t line = 1;
    std::int32_t column = 1;
    std::string path;  // "shots[1].size"; empty for the file as a whole
    std::string message;

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "night.yaml:12:5: shots[1].size: 97x64 is ..."
std::string text_of(const Diagnostic& diagnostic);

// One line each, every line ended.
std::string text_of(const std::vector<Diagnostic>& diagnostics);

// A document with more problems than this is told so once, at the end.
inline constexpr std::size_t diagnostics_max = 200;

class Complaints {
  public:
    // The index that places in this file carry.
    std::uint32_t add_file(std::string name);

    const std::vector<std::string>& files() const { return files_; }

    // The same complaint is kept once.
    void add(const Place& place, std::string_view path, std::string message);

    // Everything that `other` complains of, after what is here.
    void append(const Complaints& other);

    bool empty() const { return found_.empty(); }

    // Sorted by file in the order of reading, then by place.
    std::vector<Diagnostic> sorted() const;

  private:
    struct Found {
        Place place;
        std::string path;
        std::string message;
    };

    std::vector<std::string> files_;
    std::vector<Found> found_;
};

}  // namespace nightreel

#pragma once
// What is wrong with a document, and where. Readers collect all complaints of a document and leave
// it to the caller to stop: errors stop it, warnings are shown and let it go on. Plain values; a
// Complaints belongs to one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/describe/fields.h"

namespace nightreel {

// An error stops the verb. A warning is for what is legal and most likely not meant.
enum class Severity { error, warning };

template <>
struct EnumWords<Severity> {
    static constexpr auto words = std::to_array<std::pair<Severity, std::string_view>>({
        {Severity::error, "error"},
        {Severity::warning, "warning"},
    });
};

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
    Severity severity = Severity::error;

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

template <class Visitor>
void describe(Diagnostic& value, Visitor& field) {
    field("severity", value.severity, {.meaning = "error or warning; an error stops the command."});
    field("file", value.file, {.meaning = "File name as given on the command line or in include."});
    field("line", value.line, {.meaning = "Line number, from 1."});
    field("column", value.column, {.meaning = "Column in bytes, from 1."});
    field("path",
          value.path,
          {.meaning = "Field that the message is about; empty for the whole file."});
    field("message", value.message, {.meaning = "Message, one sentence."});
}

// "night.yaml:12:5: shots[1].size: 97x64 is ..."; "night.yaml:12:5: warning: shots[1].size: ..."
std::string text_of(const Diagnostic& diagnostic);

// One line each, every line ended.
std::string text_of(const std::vector<Diagnostic>& diagnostics);

std::size_t count_of(const std::vector<Diagnostic>& diagnostics, Severity severity);

// Whether the document they are of must not be used.
bool has_errors(const std::vector<Diagnostic>& diagnostics);

// "no problems", "2 errors", "1 error, 1 warning", "no errors, 2 warnings"
std::string count_text(const std::vector<Diagnostic>& diagnostics);

// A document with more errors, or more warnings, than this is told so once, at the end.
inline constexpr std::size_t diagnostics_max = 200;

class Complaints {
  public:
    // The index that places in this file carry.
    std::uint32_t add_file(std::string name);

    const std::vector<std::string>& files() const { return files_; }

    // An error. The same complaint is kept once.
    void add(const Place& place, std::string_view path, std::string message);

    // A warning, kept once as well.
    void warn(const Place& place, std::string_view path, std::string message);

    // Everything that `other` complains of, after what is here.
    void append(const Complaints& other);

    // Nothing was complained of at all.
    bool empty() const { return found_.empty(); }

    bool has_errors() const;

    // Sorted by file in the order of reading, then by place.
    std::vector<Diagnostic> sorted() const;

  private:
    struct Found {
        Place place;
        std::string path;
        std::string message;
        Severity severity = Severity::error;
        bool closes_list = false;  // tells that more was left out
    };

    void keep(Found found);

    std::vector<std::string> files_;
    std::vector<Found> found_;
};

}  // namespace nightreel

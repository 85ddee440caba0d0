#pragma once
// Records on disk, where both kinds of site see each other's: OUT/<show>/reviews/<writer>.jsonl,
// one file per writer and one line per record. A file only grows; two writers never write to one
// file. A line without its end is what a killed writer left: readers skip it, the next writer
// removes it. Any process; each value belongs to one thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shotspec/review/review_book.h"

namespace nightreel {

inline constexpr const char* reviews_folder = "reviews";

// "anna.render01": the name of a person and of a machine, fit for a file.
std::string review_writer(std::string_view by, std::string_view host);

// Appends records, which have no problems (problems_of), to the files of their authors on this
// machine and syncs them. Error{bad_input} where a link leads out of the output folder. All of a
// call are written or Error{unavailable} names the file; those before the fault may be there then,
// and to write all of them again does no harm.
void append_reviews(const std::filesystem::path& output,
                    std::span<const ReviewRecord> records,
                    std::string_view host);

// The records of all shows below an output folder. To refresh reads what was added since.
class ReviewReader {
  public:
    explicit ReviewReader(std::filesystem::path output) : output_(std::move(output)) {}

    // True when something was added. Error{unavailable} for a file that cannot be read.
    bool refresh();

    const ReviewBook& book() const { return book_; }

    // Lines that are no records, as "PATH:LINE: why"; the first hundred.
    const std::vector<std::string>& faults() const { return faults_; }

  private:
    struct Seen {
        std::uint64_t inode = 0;
        std::uint64_t bytes = 0;  // whole lines
        std::uint64_t lines = 0;
    };

    bool read_file_on(const std::filesystem::path& path);
    bool take_line(std::string_view line, const std::filesystem::path& path, std::uint64_t number);

    std::filesystem::path output_;
    ReviewBook book_;
    std::map<std::filesystem::path, Seen> seen_;
    std::vector<std::string> faults_;
};

// What stands in the files now.
ReviewBook read_reviews(const std::filesystem::path& output, std::vector<std::string>* faults);

}  // namespace nightreel

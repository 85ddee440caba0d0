#include "shotspec/review/review_files.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/check.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"
#include "shotspec/base/files.h"
#include "shotspec/base/utf8.h"
#include "shotspec/night/read_night.h"
#include "shotspec/review/review_json.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

constexpr const char* extension = ".jsonl";
constexpr std::size_t faults_max = 100;

// Letters and digits stay, all others become '-'; a name that lost something gets a part of its
// digest, so that two names never make one.
std::string file_word(std::string_view name) {
    constexpr std::size_t bytes_max = 40;
    std::string word;
    for (const char c : name.substr(0, bytes_max)) {
        const bool stays = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        word.push_back(stays ? c : '-');
    }
    if (word == name && !word.empty()) return word;
    return fmt::format("{}-{}", word, digest_of(name).hex().substr(0, 8));
}

// A link may lead anywhere, and nothing is written outside of the output folder.
void expect_below(const fs::path& output, const fs::path& folder) {
    std::error_code fault;
    const fs::path top = fs::canonical(output, fault);
    const fs::path place = fault ? fs::path() : fs::canonical(folder, fault);
    if (fault) throw file_error(folder, "cannot be used", fault);
    const auto ends = std::mismatch(top.begin(), top.end(), place.begin(), place.end());
    if (ends.first == top.end()) return;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: leads to {}, outside of the output folder: remove the link",
                            folder.string(),
                            place.string()));
}

// Makes the folder of a show's records, each new name synced into its parent.
fs::path make_folder(const fs::path& output, const std::string& show) {
    fs::path folder = output;
    for (const std::string& part : {show, std::string(reviews_folder)}) {
        expect_below(output, folder);
        folder /= part;
        if (::mkdir(folder.c_str(), 0777) == 0) {
            sync_directory(folder.parent_path());
        } else if (errno != EEXIST) {
            throw file_error(folder, "cannot be made", last_file_error());
        }
    }
    expect_below(output, folder);
    return folder;
}

// A file that nobody else writes to as long as this lives.
class OwnFile {
  public:
    OwnFile(const fs::path& folder, const std::string& writer) {
        constexpr int numbers_max = 16;  // processes of one person on one machine
        for (int number = 1; number <= numbers_max && !lock_.held(); ++number) {
            const std::string name = number == 1 ? writer : fmt::format("{}.{}", writer, number);
            take(folder / (name + extension));
        }
        // Where files cannot be locked every process has a file of its own.
        if (!lock_.held()) take(folder / fmt::format("{}.{}{}", writer, random_name(), extension));
        if (!file_) throw file_error(path_, "cannot be opened for writing", last_file_error());
        sync_directory(folder);
    }

    void write(std::string_view line) const {
        const auto before = bytes();
        std::string_view left = line;
        while (!left.empty()) {
            const ssize_t written = ::write(file_.get(), left.data(), left.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) {
                const std::error_code why = last_file_error();
                cut(before);  // where that fails too, the next writer does it
                throw file_error(path_, "cannot be written", why);
            }
            left.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    // Removes a line that has no end, unless it only lacks the end.
    void repair() const {
        const std::string text = tail();
        const std::size_t end = text.rfind('\n');
        const std::size_t begin = end == std::string::npos ? 0 : end + 1;
        if (begin == text.size()) return;
        const std::string_view torn = std::string_view(text).substr(begin);
        if (!Json::parse(torn, nullptr, false).is_discarded()) return write("\n");
        if (!cut(bytes() - static_cast<off_t>(torn.size()))) {
            throw file_error(path_, "cannot be repaired", last_file_error());
        }
    }

    void sync() const {
        if (::fsync(file_.get()) != 0) throw file_error(path_, "fsync failed", last_file_error());
    }

  private:
    void take(const fs::path& path) {
        path_ = path;
        constexpr int flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
        lock_ = FileLock(path, flags);
        file_ = Descriptor(lock_.opened() ? ::open(path.c_str(), flags, 0666) : -1);
    }

    off_t bytes() const {
        struct stat known {};

        if (::fstat(file_.get(), &known) != 0) {
            throw file_error(path_, "cannot be read", last_file_error());
        }
        return known.st_size;
    }

    bool cut(off_t size) const { return ::ftruncate(file_.get(), size) == 0; }

    // The end of the file; a line that is longer is none of ours.
    std::string tail() const {
        const off_t size = bytes();
        const off_t begin = std::max<off_t>(0, size - static_cast<off_t>(2 * record_bytes_max));
        std::string text(static_cast<std::size_t>(size - begin), '\0');
        const ssize_t count = ::pread(file_.get(), text.data(), text.size(), begin);
        if (count < 0) throw file_error(path_, "cannot be read", last_file_error());
        text.resize(static_cast<std::size_t>(count));
        return text;
    }

    fs::path path_;
    FileLock lock_;
    Descriptor file_;
};

std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> paths;
    std::error_code fault;
    for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        paths.push_back(entry->path());
    }
    if (fault && fault != std::errc::no_such_file_or_directory &&
        fault != std::errc::not_a_directory) {
        throw file_error(folder, "cannot be read", fault);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

// Links are not followed: what they lead to may lie anywhere.
bool is_plain_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(fs::symlink_status(path, ignored));
}

std::vector<fs::path> review_files_below(const fs::path& output) {
    std::vector<fs::path> files;
    for (const fs::path& show : entries_of(output)) {
        if (!is_legal_name(show.filename().string())) continue;
        for (const fs::path& file : entries_of(show / reviews_folder)) {
            if (file.extension() == extension && is_plain_file(file)) files.push_back(file);
        }
    }
    return files;
}

}  // namespace

std::string review_writer(std::string_view by, std::string_view host) {
    return fmt::format("{}.{}", file_word(by), file_word(host));
}

void append_reviews(const fs::path& output,
                    std::span<const ReviewRecord> records,
                    std::string_view host) {
    std::map<std::pair<std::string, std::string>, std::vector<const ReviewRecord*>> by_file;
    for (const ReviewRecord& record : records) {
        NIGHTREEL_CHECK(problems_of(record).empty(), "records are checked where they come in");
        by_file[{record.show, review_writer(record.by, host)}].push_back(&record);
    }
    for (const auto& [place, of_file] : by_file) {
        const OwnFile file(make_folder(output, place.first), place.second);
        file.repair();
        for (const ReviewRecord* record : of_file) file.write(line_of(*record) + "\n");
        file.sync();
    }
}

bool ReviewReader::refresh() {
    bool is_changed = false;
    for (const fs::path& path : review_files_below(output_)) {
        is_changed = read_file_on(path) || is_changed;
    }
    return is_changed;
}

bool ReviewReader::read_file_on(const fs::path& path) {
    struct stat known {};

    if (::stat(path.c_str(), &known) != 0) return false;  // removed since it was listed
    Seen& seen = seen_[path];
    const auto size = static_cast<std::uint64_t>(known.st_size);
    if (seen.inode != known.st_ino || size < seen.bytes) seen = {known.st_ino, 0, 0};
    if (size == seen.bytes) return false;
    std::ifstream stream(path, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(seen.bytes));
    std::string text(size - seen.bytes, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || !stream.is_open()) {
        throw file_error(path, "cannot be read", last_file_error());
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    bool is_changed = false;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string::npos) break;
        const auto line = std::string_view(text).substr(begin, end - begin);
        is_changed = take_line(line, path, ++seen.lines) || is_changed;
        begin = end + 1;
        seen.bytes += line.size() + 1;
    }
    return is_changed;
}

bool ReviewReader::take_line(std::string_view line, const fs::path& path, std::uint64_t number) {
    if (line.empty()) return false;
    try {
        return add(book_, review_from_line(line, fmt::format("{}:{}", path.string(), number)));
    } catch (const Error& error) {
        if (faults_.size() < faults_max) faults_.emplace_back(error.what());
        return false;
    }
}

ReviewBook read_reviews(const fs::path& output, std::vector<std::string>* faults) {
    ReviewReader reader(output);
    reader.refresh();
    if (faults != nullptr) *faults = reader.faults();
    return reader.book();
}

}  // namespace nightreel

#include "shotspec/night/given_file.h"

#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// What was written that another system, or a shell, would find; begins with "; ".
std::string slip_in(const fs::path& path) {
    for (const fs::path& part : path) {
        const std::string word = part.string();
        if (word == "http:" || word == "https:" || word == "s3:" || word == "gs:") {
            return "; URLs are not read: download the file and write its path";
        }
        if (word == "file:") return "; write the path without file://";
        if (word == "~") return "; ~ is not replaced by a home folder: write the whole path";
        const bool is_drive = word.size() == 2 && word[1] == ':';
        if (is_drive)
            return "; drives of Windows are not known here: write the path on this system";
        if (word.find('\\') != std::string::npos) return "; write / between folders, not \\";
    }
    return {};
}

std::string missing(const fs::path& path) {
    constexpr std::size_t neighbours_max = 1000;
    std::vector<std::string> neighbours;
    std::error_code error;
    const std::string slip = slip_in(path);
    if (!slip.empty()) return "there is no such file" + slip;
    for (fs::directory_iterator at(path.parent_path(), error), end; !error && at != end;
         at.increment(error)) {
        if (neighbours.size() < neighbours_max) {
            neighbours.push_back(at->path().filename().string());
        }
    }
    return fmt::format("there is no such file{}",
                       did_you_mean(path.filename().string(), neighbours));
}

}  // namespace

std::string given_file_problem(const fs::path& path, const GivenFileLimit& limit) {
    if (!path.has_filename()) return "is not a file";
    std::error_code error;
    const bool is_link = fs::is_symlink(path, error);
    if (!is_link && !fs::exists(path, error) && !error) return missing(path);
    if (fs::is_fifo(path, error)) return "is not a file";
    std::string problem = file_problem(path);
    if (!problem.empty()) return problem;
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (error || bytes <= limit.bytes_max) return {};
    return fmt::format("has {} bytes: the limit for {} is {}", bytes, limit.what, limit.bytes_max);
}

}  // namespace nightreel

#include "shotspec/night/given_file.h"

#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

std::string missing(const fs::path& path) {
    constexpr std::size_t neighbours_max = 1000;
    std::vector<std::string> neighbours;
    std::error_code error;
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
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return missing(path);
    if (!fs::is_regular_file(status)) return "is not a file";
    const std::uintmax_t bytes = fs::file_size(path, error);
    if (error || bytes <= limit.bytes_max) return {};
    return fmt::format(
        "has {} bytes; {} has at most {} ({})", bytes, limit.what, limit.bytes_max, limit.name);
}

}  // namespace nightreel

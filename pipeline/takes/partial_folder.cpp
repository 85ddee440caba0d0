#include "pipeline/takes/partial_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr std::string_view partial_suffix = ".partial";
constexpr std::string_view dead_suffix = ".dead";
constexpr int tries_max = 1000;

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
    throw file_error(path, what, last_file_error());
}

std::string prefix_of(const std::filesystem::path& place) {
    return fmt::format(".{}.", place.filename().string());
}

// Not held when the folder is gone, or a live attempt has it, or between open and lock somebody has
// swept it and made another of its name.
FileLock lock_of(const std::filesystem::path& folder) {
    FileLock lock(folder, O_RDONLY | O_DIRECTORY);
    return lock.held() && lock.is_of(folder) ? std::move(lock) : FileLock();
}

void sweep(const std::filesystem::path& partial) {
    const FileLock lock = lock_of(partial);
    if (!lock.held()) return;
    const std::filesystem::path dead = partial.string() + std::string(dead_suffix);
    std::error_code ignored;
    if (::rename(partial.c_str(), dead.c_str()) == 0) std::filesystem::remove_all(dead, ignored);
}

}  // namespace

PartialFolder::PartialFolder(const std::filesystem::path& place, std::string_view token)
    : place_(place) {
    const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
    NIGHTREEL_CHECK(!token.empty() && plain, "a token has letters, digits, - and _");
    path_ = place.parent_path() / fmt::format("{}{}{}", prefix_of(place), token, partial_suffix);
    // A sweeper may take the folder for a dead one in the moment before it is locked: then again.
    for (int tries = 0; tries < tries_max; ++tries) {
        if (::mkdir(path_.c_str(), 0777) != 0) {
            if (errno != EEXIST) fail(path_, "cannot be created");
            sweep(path_);
            std::this_thread::yield();
            continue;
        }
        lock_ = lock_of(path_);
        if (lock_.held()) return;
    }
    throw Error(ErrorKind::unavailable, path_.string() + ": in use by a running attempt");
}

PartialFolder::~PartialFolder() {
    std::error_code ignored;
    if (!moved_) std::filesystem::remove_all(path_, ignored);
}

bool PartialFolder::move_to_place() {
    if (::rename(path_.c_str(), place_.c_str()) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST) return false;
        fail(place_, "rename failed");
    }
    moved_ = true;
    sync_directory(place_.parent_path());
    return true;
}

void sweep_partials(const std::filesystem::path& place) {
    const std::string prefix = prefix_of(place);
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(place.parent_path(), fault), end;
         !fault && entry != end;
         entry.increment(fault)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        std::error_code ignored;
        if (name.ends_with(dead_suffix)) std::filesystem::remove_all(entry->path(), ignored);
        if (name.ends_with(partial_suffix)) sweep(entry->path());
    }
}

}  // namespace nightreel

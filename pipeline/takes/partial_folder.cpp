#include "pipeline/takes/partial_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "pipeline/plan/prepared_note.h"
#include "shotspec/base/check.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::string_view dead_suffix = ".dead";

std::string prefix_of(const std::filesystem::path& place) {
    return fmt::format(".{}.", place.filename().string());
}

}  // namespace

std::filesystem::path partial_folder_of(const std::filesystem::path& place,
                                        std::string_view token) {
    const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
    NIGHTREEL_CHECK(!token.empty() && plain, "a token has letters, digits, - and _");
    return place.parent_path() / fmt::format("{}{}{}", prefix_of(place), token, partial_suffix);
}

PartialFolder::PartialFolder(const std::filesystem::path& place, std::string_view token)
    : path_(partial_folder_of(place, token)) {
    if (::mkdir(path_.c_str(), 0777) == 0) return;
    throw file_error(path_, "cannot be created", last_file_error());
}

PartialFolder::~PartialFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
}

void sweep_partials(const std::filesystem::path& place) {
    const std::string prefix = prefix_of(place);
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(place.parent_path(), fault), end;
         !fault && entry != end;
         entry.increment(fault)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        std::filesystem::path dead = entry->path();
        if (name.ends_with(partial_suffix)) {
            dead += dead_suffix;
            if (::rename(entry->path().c_str(), dead.c_str()) != 0) continue;
        } else if (!name.ends_with(dead_suffix)) {
            continue;
        }
        std::error_code ignored;
        std::filesystem::remove_all(dead, ignored);
    }
}

}  // namespace nightreel

#include "pipeline/checkpoint/format/file_faults.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "shotspec/base/git_lfs.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

constexpr std::string_view journal_ending = ".aria2";

// Of huggingface_hub, browsers and download tools.
constexpr auto unfinished_endings = std::to_array<std::string_view>(
    {".incomplete", ".part", ".partial", ".crdownload", ".download", journal_ending, ".tmp"});

constexpr auto weight_endings = std::to_array<std::string_view>(
    {".safetensors", ".gguf", ".pth", ".pt", ".bin", ".ckpt", ".index.json"});

std::string of_link(const fs::path& link) {
    std::error_code fault;
    const fs::path target = fs::read_symlink(link, fault);
    return fmt::format(
        "{} is a link to {}, which does not exist; copy the file itself (in a Hugging Face cache "
        "the contents are in blobs/), or download it again",
        link.string(),
        target.string());
}

std::string of_download(const fs::path& file) {
    return fmt::format("{} is an unfinished download; finish it, or download the file again",
                       file.string());
}

bool is_dangling(const fs::path& file) {
    std::error_code none;
    return fs::is_symlink(fs::symlink_status(file, none)) && !fs::exists(file, none);
}

bool has_ending(std::string_view name, std::span<const std::string_view> endings) {
    return std::ranges::any_of(endings,
                               [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

bool is_companion_file(std::string_view name) {
    return name.starts_with('.') || name == "Thumbs.db" || name == "desktop.ini" ||
           name == "__MACOSX";
}

bool is_unfinished_download(std::string_view name) {
    return has_ending(name, unfinished_endings);
}

std::string absence_of(const fs::path& file) {
    if (is_dangling(file)) return of_link(file);
    for (const std::string_view ending : unfinished_endings) {
        const fs::path unfinished = file.string() + std::string(ending);
        std::error_code none;
        if (fs::exists(unfinished, none)) return of_download(unfinished);
    }
    return {};
}

std::string absence_of_weights(const fs::path& folder) {
    std::error_code none;
    std::set<fs::path> entries;  // in the order of their names, so that the answer is one
    for (fs::directory_iterator at(folder, none), end; !none && at != end; at.increment(none)) {
        if (!is_companion_file(at->path().filename().string())) entries.insert(at->path());
    }
    for (const fs::path& entry : entries) {
        const std::string name = entry.filename().string();
        if (has_ending(name, weight_endings) && is_dangling(entry)) return of_link(entry);
        if (is_unfinished_download(name)) return of_download(entry);
    }
    for (const fs::path& entry : entries) {
        if (!has_ending(entry.filename().string(), weight_endings)) continue;
        return fmt::format("{} is there, under a name that is not read here", entry.string());
    }
    return {};
}

std::string placeholder_in(std::span<const std::byte> file) {
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    if (is_git_lfs_pointer(text)) {
        return "is a Git LFS pointer, not the file itself; run git lfs pull";
    }
    if (text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype") ||
        text.starts_with("<html")) {
        return "is a web page, not the file itself; download it again, logged in where the site "
               "asks for it";
    }
    return {};
}

std::string journal_beside(const fs::path& file) {
    const fs::path journal = file.string() + std::string(journal_ending);
    std::error_code none;
    if (!fs::exists(journal, none)) return {};
    return fmt::format(
        "is an unfinished download: {} is still there; finish it with aria2c, or "
        "download the file again",
        journal.filename().string());
}

}  // namespace nightreel

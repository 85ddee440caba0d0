#pragma once
// Whole files, so that no reader ever sees half of one: written aside, synced, renamed. Any thread.
// Every error names the path; of reading it is Error{unavailable}, of writing it has the kind of
// its cause (file_error.h). What is made may be read and written by whom the umask allows.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace nightreel {

std::string read_file(const std::filesystem::path& path);

// Writes `path` by way of a hidden file beside it; the folder must exist.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

// A synced copy, which takes no permissions from `source`; `target` must not exist.
void copy_whole_file(const std::filesystem::path& source, const std::filesystem::path& target);

// fsync of one file, and of a folder after a rename in it.
void sync_file(const std::filesystem::path& path);
void sync_directory(const std::filesystem::path& directory);

}  // namespace nightreel

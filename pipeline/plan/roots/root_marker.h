#pragma once
// The marker of a folder that all machines of a farm share, such as its store or its output: a
// small file in it with an identity. A disk that is not mounted leaves an empty folder behind,
// which has none, and so it is told from the farm's. Any thread.

#include <filesystem>
#include <string>

namespace nightreel {

inline constexpr const char* root_marker_file = ".nightreel-root";

// Name of the folder with all results, among the roots of a farm; the others hold what is
// published.
inline constexpr const char* store_root = "store";

// The identity in the marker; empty when there is none, or no folder. Error{unavailable} for what
// cannot be read, Error{corrupt} for what is no marker.
std::string read_root_marker(const std::filesystem::path& root);

// Durable when it returns; the folder must exist.
void write_root_marker(const std::filesystem::path& root, const std::string& identity);

// What the file says, for people who write it by hand.
std::string root_marker_text(const std::string& identity);

// Whether something lies in the folder that is not hidden.
bool is_in_use(const std::filesystem::path& root);

// Throws Error{unfit} that names the folder and the remedy when it is not the one with this
// identity. `name`: of the root, for the message.
void expect_root(const std::string& name,
                 const std::filesystem::path& root,
                 const std::string& identity);

}  // namespace nightreel

#pragma once
// Files below a root, and no others: whatever links lie there, what is opened lies inside. Looks at
// the disk; any thread.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/base/descriptor.h"

namespace nightreel::http {

struct SiteFile {
    std::shared_ptr<const Descriptor> file;
    std::uint64_t bytes = 0;
    std::string tag;   // entity tag, quoted: another one for another content
    std::string name;  // of the file that was found
};

// A file, a folder, or nothing: not there, not a file, hidden, outside of the root.
struct Found {
    std::optional<SiteFile> file = {};
    bool is_folder = false;
};

// `root` is absolute and exists. `names` are as FileWanted has them.
Found find_below(const std::filesystem::path& root, const std::vector<std::string>& names);

}  // namespace nightreel::http

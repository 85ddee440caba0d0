#include "scheduler/server/root_marks.h"

#include <algorithm>
#include <cstdint>
#include <system_error>

#include <fmt/format.h>

#include "pipeline/plan/roots/root_marker.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr const char* roots_file = "roots.json";

struct KnownRoots {
    std::int32_t format = 1;
    std::vector<wire::FarmRoot> roots;
};

template <class Visitor>
void describe(KnownRoots& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this file."});
    field("roots", value.roots, {.meaning = "Shared folders of the farm and their markers."});
}

KnownRoots read_known(const fs::path& file) {
    std::error_code why;
    if (!fs::exists(file, why)) return {};
    return from_json_value<KnownRoots>(parse_json(read_file(file), file.string()));
}

class RootMarking {
  public:
    RootMarking(bool is_new, const std::function<void(const std::string&)>& warn)
        : is_new_(is_new), warn_(warn) {}

    wire::FarmRoot mark(const wire::FarmRoot& known, const fs::path& path) const {
        wire::FarmRoot root = known;
        if (path.empty()) return root;
        std::string found;
        try {
            found = read_root_marker(path);
        } catch (const Error& error) {
            warn_(error.what());
            return root;
        }
        if (root.identity.empty()) root.identity = found.empty() ? random_name() : found;
        if (found == root.identity) {
            root.is_marked = true;
        } else if (found.empty() && !root.is_marked) {
            root.is_marked = is_put_into(path, root.identity);
        } else {
            warn_not_there(path, found);
        }
        return root;
    }

  private:
    bool is_put_into(const fs::path& path, const std::string& identity) const {
        std::error_code why;
        if (is_new_) fs::create_directories(path, why);
        if (!why && !fs::is_directory(path, why)) return false;
        try {
            if (why) throw fs::filesystem_error("cannot be created", path, why);
            write_root_marker(path, identity);
            return true;
        } catch (const std::exception& error) {
            warn_(fmt::format(
                "{}: cannot be marked as this farm's: {}", path.string(), error.what()));
            return false;
        }
    }

    void warn_not_there(const fs::path& path, const std::string& found) const {
        if (found.empty()) {
            warn_(
                fmt::format("{}: has lost its marker {}: is the disk mounted? Workers that see "
                            "it like this are given no work",
                            path.string(),
                            root_marker_file));
            return;
        }
        warn_(
            fmt::format("{}: is not the folder that it was (another marker): is another disk "
                        "mounted there? If it is to be used, remove its entry from {} in the "
                        "scheduler's state folder and restart the scheduler",
                        path.string(),
                        roots_file));
    }

    bool is_new_;
    const std::function<void(const std::string&)>& warn_;
};

}  // namespace

std::vector<wire::FarmRoot> mark_roots(const fs::path& state,
                                       const std::map<std::string, std::string>& roots,
                                       bool is_new,
                                       const std::function<void(const std::string& text)>& warn) {
    const fs::path file = state / roots_file;
    const KnownRoots known = read_known(file);
    KnownRoots now;
    const RootMarking marking(is_new, warn);
    for (const auto& [name, path] : roots) {
        const auto before = std::ranges::find_if(known.roots, [&](const wire::FarmRoot& root) {
            return root.name == name && root.path == path;
        });
        wire::FarmRoot root{name, path, {}, false};
        if (before != known.roots.end()) root = *before;
        root = marking.mark(root, path);
        if (root.identity.empty()) root.identity = random_name();
        now.roots.push_back(std::move(root));
    }
    write_file_atomically(file, to_json_value(now).dump(1) + "\n");
    return now.roots;
}

}  // namespace nightreel

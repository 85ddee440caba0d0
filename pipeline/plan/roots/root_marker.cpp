#include "pipeline/plan/roots/root_marker.h"

#include <cstdint>

#include <fmt/format.h>

#include "pipeline/plan/task_order.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

struct RootMarker {
    std::int32_t format = 1;
    std::string identity;
};

template <class Visitor>
void describe(RootMarker& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this file.", .required = true});
    field("identity",
          value.identity,
          {.meaning = "Random name of the folder; the scheduler knows it.", .required = true});
}

// As the farm file calls it.
std::string setting_of(const std::string& name) {
    if (name == store_root) return name;
    return name == takes_root ? "output" : "output " + name;
}

}  // namespace

std::string read_root_marker(const fs::path& root) {
    const fs::path path = root / root_marker_file;
    std::error_code why;
    if (!fs::exists(path, why)) return {};
    const std::string text = read_file(path);
    try {
        return from_json_value<RootMarker>(parse_json(text, path.string())).identity;
    } catch (const Error& error) {
        throw Error(ErrorKind::corrupt, fmt::format("{}: {}", path.string(), error.what()));
    }
}

std::string root_marker_text(const std::string& identity) {
    return to_json_value(RootMarker{1, identity}).dump();
}

void write_root_marker(const fs::path& root, const std::string& identity) {
    write_file_atomically(root / root_marker_file, root_marker_text(identity) + "\n");
}

bool is_in_use(const fs::path& root) {
    std::error_code why;
    for (fs::directory_iterator it(root, why), end; !why && it != end; it.increment(why)) {
        if (!it->path().filename().string().starts_with('.')) return true;
    }
    return false;
}

void expect_root(const std::string& name, const fs::path& root, const std::string& identity) {
    const std::string found = read_root_marker(root);
    if (found == identity) return;
    const std::string setting = setting_of(name);
    std::error_code why;
    if (!fs::is_directory(root, why)) {
        throw Error(ErrorKind::unfit,
                    fmt::format("{}: no such folder; mount the disk with the farm's {} there",
                                root.string(),
                                setting));
    }
    if (found.empty()) {
        throw Error(ErrorKind::unfit,
                    fmt::format("{0}: has no marker of this farm's {1}: mount the disk with the "
                                "{1} there; if this is the right folder, write {2} into {0}/{3}",
                                root.string(),
                                setting,
                                root_marker_text(identity),
                                root_marker_file));
    }
    throw Error(ErrorKind::unfit,
                fmt::format("{0}: is another folder than this farm's {1} (marker {2}, expected "
                            "{3}): mount the disk with the {1} there",
                            root.string(),
                            setting,
                            found,
                            identity));
}

}  // namespace nightreel

#include "worker/memory_kills.h"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// The value of a line "NAME VALUE", or nothing when there is no such file or line.
std::optional<std::uint64_t> value_in(const fs::path& file, std::string_view wanted) {
    std::ifstream stream(file);
    std::string name;
    std::uint64_t value = 0;
    while (stream >> name >> value) {
        if (name == wanted) return value;
        stream.ignore(1'000, '\n');
    }
    return {};
}

// Of this process in the hierarchy that counts memory: version 2 ("0::/path") or, in version 1,
// that of the controller ("4:memory:/path").
std::optional<std::uint64_t> kills_of_group(const fs::path& root) {
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const bool is_second_version = controllers == ",,";
        if (!is_second_version && controllers.find(",memory,") == std::string::npos) continue;
        const fs::path mount =
            root / (is_second_version ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        const char* const file = is_second_version ? "memory.events" : "memory.oom_control";
        const fs::path group = fs::path(line.substr(second + 1)).relative_path();
        // In a container the path may be the host's, while its own group is mounted at the top.
        for (const fs::path& folder : {mount / group, mount}) {
            if (const auto kills = value_in(folder / file, "oom_kill")) return kills;
        }
    }
    return {};
}

}  // namespace

std::uint64_t memory_kills(const fs::path& root) {
    if (const auto kills = kills_of_group(root)) return *kills;
    return value_in(root / "proc/vmstat", "oom_kill").value_or(0);
}

}  // namespace nightreel

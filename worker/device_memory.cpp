#include "worker/device_memory.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <string_view>

#include <dlfcn.h>
#include <sys/sysinfo.h>

namespace fs = std::filesystem;

namespace nightreel {
namespace {

// Larger numbers are how version 1 writes that there is no limit.
constexpr std::uint64_t limit_max = std::uint64_t{1} << 60;

std::optional<std::uint64_t> limit_in(const fs::path& file) {
    std::string word;
    std::ifstream(file) >> word;
    std::uint64_t bytes = 0;
    const char* const end = word.data() + word.size();
    const auto read = std::from_chars(word.data(), end, bytes);  // "max" is no number
    if (word.empty() || read.ptr != end || read.ec != std::errc() || bytes > limit_max) return {};
    return bytes;
}

std::optional<std::uint64_t> least(std::optional<std::uint64_t> one,
                                   std::optional<std::uint64_t> other) {
    if (!one || !other) return one ? one : other;
    return std::min(*one, *other);
}

std::uint64_t machine_bytes() {
    struct sysinfo facts {};

    ::sysinfo(&facts);
    const std::uint64_t all = static_cast<std::uint64_t>(facts.totalram) * facts.mem_unit;
    return std::min(all, control_group_bytes("/proc/self/cgroup", "/sys/fs/cgroup").value_or(all));
}

}  // namespace

// The driver's own interface: plain C, so that no CUDA header is needed to build.
std::optional<std::uint64_t> gpu_memory_bytes(int number, const std::string& driver) {
    void* const library = ::dlopen(driver.c_str(), RTLD_NOW);
    if (library == nullptr) return {};
    const auto init = reinterpret_cast<int (*)(unsigned)>(::dlsym(library, "cuInit"));
    const auto get = reinterpret_cast<int (*)(int*, int)>(::dlsym(library, "cuDeviceGet"));
    const auto total =
        reinterpret_cast<int (*)(std::size_t*, int)>(::dlsym(library, "cuDeviceTotalMem_v2"));
    if (init == nullptr || get == nullptr || total == nullptr) return {};
    int device = 0;
    std::size_t bytes = 0;
    if (init(0) != 0 || get(&device, number) != 0 || total(&bytes, device) != 0) return {};
    return bytes;  // the driver stays loaded: it does not like to be closed
}

std::optional<std::uint64_t> control_group_bytes(const fs::path& membership, const fs::path& root) {
    std::optional<std::uint64_t> bytes;
    std::ifstream groups(membership);
    // "0::/a/b" of version 2, "7:memory:/a/b" of version 1.
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string_view text = line;
        const std::string_view controllers = text.substr(first + 1, second - first - 1);
        const bool is_second_version = controllers.empty();
        if (!is_second_version && controllers != "memory") continue;
        const fs::path top = is_second_version ? root : root / "memory";
        const char* const name = is_second_version ? "memory.max" : "memory.limit_in_bytes";
        // In a container the path may be one that is only seen outside of it.
        for (fs::path group = fs::path(text.substr(second + 1)).relative_path();;
             group = group.parent_path()) {
            bytes = least(bytes, limit_in(top / group / name));
            if (group.empty()) break;
        }
    }
    return bytes;
}

std::uint64_t device_memory_bytes(const std::string& device) {
    constexpr std::string_view cuda = "cuda:";
    const std::uint64_t machine = machine_bytes();
    if (device == "auto") return std::min(machine, gpu_memory_bytes(0).value_or(machine));
    if (!device.starts_with(cuda)) return machine;
    int number = 0;
    std::from_chars(device.data() + cuda.size(), device.data() + device.size(), number);
    return gpu_memory_bytes(number).value_or(machine);
}

}  // namespace nightreel

#include "pipeline/tasks/memory.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>

#include <sys/resource.h>

namespace nightreel {
namespace {

constexpr std::string_view peak_key = "VmHWM:";

}  // namespace

void reset_peak_memory() {
    // Writing 5 sets VmHWM back to what is held now (proc(5)); a kernel without it changes nothing.
    std::ofstream("/proc/self/clear_refs") << "5";
}

std::int64_t peak_memory_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with(peak_key)) continue;
        const std::size_t digits = line.find_first_of("0123456789");
        std::int64_t kibibytes = 0;
        if (digits == std::string::npos) break;
        std::from_chars(line.data() + digits, line.data() + line.size(), kibibytes);
        return kibibytes * 1024;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss * 1024;
}

}  // namespace nightreel

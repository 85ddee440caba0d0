#include "pipeline/program/sibling.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "shotspec/base/error.h"

namespace nightreel {

int become_sibling(std::span<const std::string> arguments) {
    std::string name = "nightreel-" + arguments[0];
    const std::filesystem::path program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
    std::vector<std::string> words(arguments.begin() + 1, arguments.end());
    std::vector<char*> argv{name.data()};
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    throw Error(
        ErrorKind::unavailable,
        fmt::format(
            "cannot run {}: {} (`make` builds it)", program.string(), std::strerror(errno)));
}

}  // namespace nightreel

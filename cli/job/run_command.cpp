#include "cli/job/run_command.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shotspec/base/child.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/error.h"
#include "shotspec/yaml/document.h"

namespace nightreel::cli {
namespace {

namespace fs = std::filesystem;

// Neither blocks nor ends early, as a pipe would, however much the program writes.
Descriptor memory_file(const char* name) {
    Descriptor file(::memfd_create(name, MFD_CLOEXEC));
    if (!file) throw Error(ErrorKind::unavailable, "no memory for the output of a program");
    return file;
}

void fill(const Descriptor& file, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = ::write(file.get(), text.data() + at, text.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw Error(ErrorKind::unavailable, "no memory for a program's input");
        at += static_cast<std::size_t>(written);
    }
    ::lseek(file.get(), 0, SEEK_SET);
}

std::string text_of(const Descriptor& file) {
    std::string text;
    std::array<char, 65'536> part{};
    ::lseek(file.get(), 0, SEEK_SET);
    while (true) {
        const ssize_t got = ::read(file.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

fs::path program_named(const std::string& name) {
    std::error_code ignored;
    if (name.find('/') != std::string::npos) return name;
    std::istringstream folders(environment_variable("PATH").value_or("/usr/bin:/bin"));
    for (std::string folder; std::getline(folders, folder, ':');) {
        const fs::path path = fs::path(folder.empty() ? "." : folder) / name;
        if (::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path, ignored)) return path;
    }
    throw Error(ErrorKind::unavailable, fmt::format("{}: no such program in PATH", name));
}

CommandEnd run_command(const std::vector<std::string>& command,
                       const std::string& input,
                       const std::vector<std::pair<std::string, std::string>>& environment,
                       int seconds_max) {
    const Descriptor in = memory_file("input");
    const Descriptor out = memory_file("output");
    const Descriptor errors = memory_file("errors");
    fill(in, input);
    Child child({program_named(command.at(0)), {command.begin() + 1, command.end()}, environment},
                {.streams = {in.get(), out.get(), errors.get()}, .own_group = true});
    pollfd ended{child.ended_descriptor(), POLLIN, 0};
    int polled = 0;
    do {
        polled = ::poll(&ended, 1, seconds_max * 1'000);
    } while (polled < 0 && errno == EINTR);
    if (polled == 0) {
        throw Error(ErrorKind::unreachable,
                    fmt::format("{} did not end within {} s", command[0], seconds_max));
    }
    const ChildEnd end = child.wait();
    constexpr int killed_base = 128;  // as shells tell of signals
    return {.code = end.signal == 0 ? end.code : killed_base + end.signal,
            .output = text_of(out),
            .errors = text_of(errors)};
}

}  // namespace nightreel::cli

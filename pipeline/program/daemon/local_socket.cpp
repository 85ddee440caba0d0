#include "pipeline/program/daemon/local_socket.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int waiting_max = 128;  // that have connected and were not accepted yet

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: the path of a socket can have {} bytes, and this one has {}: "
                                "choose a shorter one",
                                text,
                                sizeof address.sun_path - 1,
                                text.size()));
    }
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    return address;
}

Descriptor new_socket() {
    Descriptor made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made) return made;
    throw Error(ErrorKind::unavailable, fmt::format("no socket: {}", std::strerror(errno)));
}

ucred credentials_of(const Descriptor& socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
        return credentials;
    }
    throw Error(ErrorKind::unavailable, fmt::format("a socket's user: {}", std::strerror(errno)));
}

void remove_left_over(const std::filesystem::path& path) {
    struct stat found {};

    if (::lstat(path.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode)) {
        throw Error(ErrorKind::usage,
                    fmt::format("{}: exists and is no socket: choose another path", path.string()));
    }
    ::unlink(path.c_str());
}

}  // namespace

Descriptor bind_socket(const std::filesystem::path& path) {
    const sockaddr_un address = address_of(path);
    Descriptor socket = new_socket();
    remove_left_over(path);
    const auto* place = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(socket.get(), place, sizeof address) != 0) {
        throw file_error(path, "no socket can be made", last_file_error());
    }
    return socket;
}

// Nobody connects before the last line, so the mode is in time.
void listen_on(const Descriptor& socket, const std::filesystem::path& path) {
    if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.get(), waiting_max) != 0) {
        throw file_error(path, "nobody can connect", last_file_error());
    }
}

Descriptor accept_one(const Descriptor& listener) {
    Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket && credentials_of(socket).uid == ::geteuid()) return socket;
    return {};
}

Descriptor connect_to(const std::filesystem::path& path) {
    const sockaddr_un address = address_of(path);
    Descriptor socket = new_socket();
    const auto* place = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket.get(), place, sizeof address) != 0) {
        if (errno == ECONNREFUSED || errno == ENOENT) return {};
        throw file_error(path, "cannot be connected to", last_file_error());
    }
    if (credentials_of(socket).uid == ::geteuid()) return socket;
    throw Error(ErrorKind::not_allowed,
                fmt::format("{}: belongs to a process of another user", path.string()));
}

pid_t process_behind(const Descriptor& socket) {
    return credentials_of(socket).pid;
}

}  // namespace nightreel

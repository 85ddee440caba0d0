#pragma once
// Sockets in the file system, for processes of one user on one machine. Faults name the path. One
// thread.

#include <filesystem>

#include <sys/types.h>

#include "shotspec/base/descriptor.h"

namespace nightreel {

// Accepts nothing before `listen_on`, from when on this process is the one that others see. Mode
// 0600. Error{usage} when the path is too long for a socket, or is that of anything else.
Descriptor bind_socket(const std::filesystem::path& path);
void listen_on(const Descriptor& socket, const std::filesystem::path& path);

// The next that has connected, of our own user; nothing when there is none.
Descriptor accept_one(const Descriptor& listener);

// Connected, to a process of our own user. Nothing when nobody listens there, or there is no such
// file. Error{not_allowed} when it is another user's.
Descriptor connect_to(const std::filesystem::path& path);

// The process that listens on the other side; 0 when it is not seen from here (containers).
pid_t process_behind(const Descriptor& socket);

}  // namespace nightreel

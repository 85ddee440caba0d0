#pragma once
// Another program: started, signalled and waited for in this one place. It never outlives the
// thread that started it: the system kills it when that thread ends, however it ends. One thread,
// the one that starts it.

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "shotspec/base/descriptor.h"

namespace nightreel {

struct ChildProgram {
    std::filesystem::path path;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;  // beside our own
};

struct ChildStart {
    // Descriptors for its standard input, output and error; negative: ours. Not closed here.
    std::array<int, 3> streams{-1, -1, -1};
    bool own_group = false;  // Ctrl-C at a terminal stays with us; a signal goes to all it starts
    bool ignores_interrupt = false;
};

// How it ended: with a code, or by a signal.
struct ChildEnd {
    int code = 0;
    int signal = 0;
};

class Child {
  public:
    static constexpr int end_max_ms = 2'000;

    // Throws Error{unavailable} when the program cannot be started.
    explicit Child(const ChildProgram& program, const ChildStart& start = {});
    // Kills it, with all that it started when it has a group of its own, and waits for its end, but
    // not longer than `end_max_ms`: a process in a driver's call may not end for hours, and is left
    // to the system.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int id() const { return process_; }

    // Nothing happens once it has been waited for.
    void send(int signal) const;

    // Whether `wait` would return at once.
    bool has_ended() const;

    // Waits for its end, once.
    ChildEnd wait();

    // Readable when it has ended. Throws Error{unavailable} where the system has no such thing.
    int ended_descriptor();

  private:
    pid_t process_ = -1;
    bool own_group_;
    bool waited_for_ = false;
    Descriptor ended_;
};

}  // namespace nightreel

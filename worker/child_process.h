#pragma once
// Another program with pipes on its three ends, which never outlives us: it is killed when the
// thread that started it ends, however it ends. Nothing here waits; the owner polls the
// descriptors. Owned by one thread, which must be the one that starts it and must live on.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/base/child.h"

namespace nightreel {

struct ChildExit {
    ChildEnd end;
    bool out_of_memory = false;  // the system killed a process for want of memory meanwhile
};

class ChildProcess {
  public:
    static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

    // Throws Error{unavailable} when the program cannot be started. With its object the program is
    // killed, and all that it started.
    explicit ChildProcess(const ChildProgram& program);

    // Sent as far as the child takes it; `pump` sends the rest.
    void send_line(const std::string& line);

    // Takes whatever has come and sends what is waiting. Throws Error{crash} for an endless line.
    void pump();
    std::vector<std::string> take_lines();  // of its standard output, without the ends
    std::string take_log();                 // of its standard error

    // Set once it has ended and all that it wrote was taken in.
    std::optional<ChildExit> exit() const { return exit_; }

    void terminate() const;  // SIGTERM: it may tidy up
    void kill() const;       // SIGKILL

    int output_descriptor() const { return output_.get(); }

    int log_descriptor() const { return log_.get(); }

    int input_descriptor() const { return input_.get(); }

    bool has_unsent() const { return !unsent_.empty(); }

  private:
    void send_unsent();
    bool take_output();
    void reap();

    std::optional<Child> child_;
    Descriptor input_;
    Descriptor output_;
    Descriptor log_;
    unsigned long long memory_kills_ = 0;  // of the system, when it started
    std::string unsent_;
    std::string partial_line_;
    std::vector<std::string> lines_;
    std::string log_text_;
    std::optional<ChildExit> exit_;
};

}  // namespace nightreel

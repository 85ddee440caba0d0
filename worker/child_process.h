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

class ChildProcess {
  public:
    static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;
    // Taken in by one `pump`; the rest by the next.
    static constexpr std::size_t pump_bytes_max = std::size_t{1} << 20;

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
    std::optional<ChildEnd> exit() const { return exit_; }

    // It closed its output and was killed, but has not ended yet. Nothing shows when it does: it is
    // to be pumped from time to time.
    bool is_ending() const { return is_ending_ && !exit_; }

    // As `exit`, without taking anything in.
    bool has_ended() const { return exit_.has_value() || child_->has_ended(); }

    void terminate() const;  // SIGTERM: it may tidy up
    void kill() const;       // SIGKILL

    int id() const { return child_->id(); }

    int output_descriptor() const { return output_.get(); }

    // Negative once it was closed.
    int log_descriptor() const { return log_closed_ ? -1 : log_.get(); }

    int input_descriptor() const { return input_.get(); }

    bool has_unsent() const { return !unsent_.empty(); }

  private:
    enum class Taken { all, some, end };  // all that is there now; not all; all for good

    static Taken read_into(int descriptor, std::string& text);
    void send_unsent();
    Taken take_output();
    void take_rest();

    std::optional<Child> child_;
    Descriptor input_;
    Descriptor output_;
    Descriptor log_;
    std::string unsent_;
    std::string partial_line_;
    std::vector<std::string> lines_;
    std::string log_text_;
    bool log_closed_ = false;
    bool is_ending_ = false;
    std::optional<ChildEnd> exit_;
};

}  // namespace nightreel

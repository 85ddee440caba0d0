#pragma once
// Another program with pipes on its three ends, which never outlives us: it is killed when the
// thread that started it ends, however it ends. Nothing here waits; the owner polls the
// descriptors. Owned by one thread, which must be the one that starts it and must live on.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nightreel {

struct ChildProgram {
    std::filesystem::path path;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;  // beside our own
};

// How it ended: with a code, or by a signal.
struct ChildExit {
    int code = 0;
    int signal = 0;
    bool out_of_memory = false;  // the system killed a process for want of memory meanwhile
};

class ChildProcess {
  public:
    static constexpr std::size_t line_bytes_max = std::size_t{1} << 20;

    // Throws Error{unavailable} when the program cannot be started.
    explicit ChildProcess(const ChildProgram& program);
    // Kills it, and all that it started.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

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

    int output_descriptor() const { return output_; }

    int log_descriptor() const { return log_; }

    int input_descriptor() const { return input_; }

    bool has_unsent() const { return !unsent_.empty(); }

  private:
    void send_unsent();
    bool has_ended() const;
    void reap();

    int process_ = -1;
    int input_ = -1;
    int output_ = -1;
    int log_ = -1;
    unsigned long long memory_kills_ = 0;  // of the system, when it started
    std::string unsent_;
    std::string partial_line_;
    std::vector<std::string> lines_;
    std::string log_text_;
    std::optional<ChildExit> exit_;
};

}  // namespace nightreel

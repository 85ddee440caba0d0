#include "pipeline/program/daemon/serve_tasks.h"

#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "pipeline/program/daemon/daemon_line.h"
#include "pipeline/program/daemon/local_socket.h"
#include "pipeline/program/lines.h"
#include "pipeline/program/task_arguments.h"
#include "pipeline/program/task_row.h"
#include "pipeline/tasks/engines.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

constexpr Millis request_max{10'000};  // until a client has said what it wants

// The client on the other side. What it no longer hears is lost: whether it lives is asked between
// the steps of a task.
class ClientAudience final : public TaskAudience {
  public:
    explicit ClientAudience(const Descriptor& socket) : socket_(socket) {}

    void begun() { write({.begun = true}); }

    void log(std::string_view lines) override { write({.log = std::string(lines)}); }

    void progress(const RowProgress& progress) override { write({.progress = progress}); }

    void failed(const RowFailure& failure) override {
        kind_ = error_kind_named(failure.kind);
        write({.failed = failure});
    }

    void end(int exit_code) { write({.exit_code = exit_code}); }

    // None: nothing has failed.
    std::optional<ErrorKind> failure() const { return kind_; }

  private:
    void write(const DaemonLine& line) { (void)write_some(socket_.get(), json_line(line)); }

    const Descriptor& socket_;
    std::optional<ErrorKind> kind_;
};

// As a worker judges of its renderer: what is wrong with the input alone leaves a process well.
bool may_have_spoilt_us(ErrorKind kind) {
    return kind != ErrorKind::bad_input && kind != ErrorKind::usage && kind != ErrorKind::corrupt &&
           kind != ErrorKind::cancelled;
}

void refuse_other_release(const DaemonRequest& request) {
    if (request.version == nightreel_version) return;
    throw Error(ErrorKind::usage,
                fmt::format("the daemon is Nightreel {}, and this is {}: stop the daemon",
                            nightreel_version,
                            request.version));
}

// A farm manager that gave the task another GPU than the daemon has would count the wrong one.
void refuse_other_gpus(const DaemonRequest& request, const std::optional<std::string>& own) {
    if (!request.gpus || request.gpus == own) return;
    throw Error(ErrorKind::usage,
                fmt::format("the daemon {}, and this task was given GPUs {}: start a daemon where "
                            "the task runs",
                            own ? fmt::format("has GPUs {}", *own) : "was given no GPUs",
                            *request.gpus));
}

class TaskServer {
  public:
    TaskServer(const std::optional<std::string>& gpus, const StopSignal& stop, const Clock& clock)
        : gpus_(gpus), stop_(stop), clock_(clock) {}

    // Whether more can follow.
    bool serve(Descriptor client) {
        client_ = std::move(client);
        LineInput input(client_.get(), stop_);
        const auto line = input.wait(request_max);
        if (!line) return !stop_.raised();
        ClientAudience audience(client_);
        audience.begun();
        audience.end(run(*line, input, audience));
        return !audience.failure() || !may_have_spoilt_us(*audience.failure());
    }

  private:
    int run(const std::string& line, LineInput& input, ClientAudience& audience) {
        std::optional<TaskArguments> asked;
        try {
            const auto request = daemon_request_from_json(line);
            refuse_other_release(request);
            refuse_other_gpus(request, gpus_);
            asked = task_arguments_of(request.arguments, request.folder);
        } catch (const Error& error) {
            audience.failed(
                {.task = "", .kind = std::string(name_of(error.kind())), .text = error.what()});
            return exit_code_of(error.kind());
        }
        return run_task_row(
            *asked, engines_, audience, [&input] { return input.asks_to_stop(); }, clock_);
    }

    const std::optional<std::string>& gpus_;
    const StopSignal& stop_;
    const Clock& clock_;
    // Closed after the models: who waits for its end is told of ours.
    Descriptor client_;
    std::optional<Engines> engines_;
};

// False when it was stopped, or nobody came.
bool wait_for_client(const Descriptor& listener, const StopSignal& stop, Millis idle_max) {
    std::array<pollfd, 2> sources{pollfd{listener.get(), POLLIN, 0},
                                  pollfd{stop.descriptor(), POLLIN, 0}};
    int come = -1;
    do {
        come = ::poll(sources.data(), sources.size(), static_cast<int>(idle_max.count()));
    } while (come < 0 && errno == EINTR);
    return come > 0 && !stop.raised();
}

}  // namespace

void serve_tasks(const Descriptor& listener,
                 const std::optional<std::string>& gpus,
                 const StopSignal& stop,
                 Millis idle_max,
                 const Clock& clock) {
    TaskServer server(gpus, stop, clock);
    while (wait_for_client(listener, stop, idle_max)) {
        Descriptor client = accept_one(listener);
        if (client && !server.serve(std::move(client))) return;
    }
}

}  // namespace nightreel

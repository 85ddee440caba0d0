#include "pipeline/program/daemon/task_via.h"

#include <string>

#include <fmt/format.h>
#include <sys/socket.h>

#include "pipeline/program/daemon/local_socket.h"
#include "pipeline/program/lines.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel {
namespace {

class DaemonClient {
  public:
    // `task` is told which one runs.
    DaemonClient(const std::filesystem::path& path,
                 TaskAudience& audience,
                 const StopSignal& stop,
                 std::string& task)
        : path_(path),
          audience_(audience),
          stop_(stop),
          task_(task),
          socket_(connect_to(path)),
          input_(socket_.get(), stop) {}

    int run(const DaemonRequest& request) {
        if (!socket_) throw Error(ErrorKind::unavailable, nobody_answers());
        (void)write_some(socket_.get(), json_line(request));
        while (const auto line = next()) {
            take(daemon_line_from_json(*line));
            if (exit_code_) return *exit_code_;
        }
        if (has_begun_) throw Error(ErrorKind::crash, ended());
        if (stop_.raised()) throw Error(ErrorKind::cancelled, "stopped before it began");
        throw Error(ErrorKind::unavailable, nobody_answers());
    }

  private:
    std::optional<std::string> next() {
        auto line = input_.wait();
        if (line || !stop_.raised() || !has_begun_) return line;
        // It sees that nobody sends any more, stops, and says so.
        ::shutdown(socket_.get(), SHUT_WR);
        return input_.wait_when_stopped();
    }

    void take(const DaemonLine& line) {
        if (line.begun) has_begun_ = true;
        if (line.log) audience_.log(*line.log);
        if (line.progress) audience_.progress(*line.progress);
        if (line.progress) task_ = line.progress->task;
        if (line.failed) audience_.failed(*line.failed);
        exit_code_ = line.exit_code;
    }

    std::string nobody_answers() const {
        return fmt::format(
            "{}: no daemon answers: start one with `nightreel-render daemon start "
            "{}`, or run the task without --via",
            path_.string(),
            path_.string());
    }

    std::string ended() const {
        return fmt::format("the daemon at {} ended before the task did; {}.log holds what it said",
                           path_.string(),
                           path_.string());
    }

    const std::filesystem::path& path_;
    TaskAudience& audience_;
    const StopSignal& stop_;
    std::string& task_;
    Descriptor socket_;
    LineInput input_;
    bool has_begun_ = false;
    std::optional<int> exit_code_;
};

}  // namespace

int run_task_row_via(const std::filesystem::path& socket,
                     const DaemonRequest& request,
                     TaskAudience& audience,
                     const StopSignal& stop) {
    RowFailure failure;
    try {
        DaemonClient client(socket, audience, stop, failure.task);
        return client.run(request);
    } catch (const Error& error) {
        failure.kind = name_of(error.kind());
        failure.text = error.what();
        audience.failed(failure);
        return exit_code_of(error.kind());
    }
}

}  // namespace nightreel

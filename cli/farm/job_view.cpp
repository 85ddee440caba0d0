#include "cli/farm/job_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

constexpr std::size_t running_shown_max = 8;
constexpr std::size_t bar_cells = 24;
constexpr Millis plain_line_every{5'000};

std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

std::string bar(double fraction) {
    const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * bar_cells);
    return std::string(full, '#') + std::string(bar_cells - full, '.');
}

// Done work, with what runs counted by how far it is.
double fraction_done(const Json& head) {
    const Json counts = head.value("tasks", Json::object());
    double done = number_at(counts, "done");
    for (const Json& row : head.value("running", Json::array())) done += number_at(row, "fraction");
    const double tasks = done / std::max(1.0, number_at(counts, "total"));
    const double seconds = number_at(head, "estimated_seconds");
    if (seconds <= 0) return tasks;
    return std::max(number_at(head, "estimated_seconds_done") / seconds,
                    std::min(tasks, 1.0) * 0.999);
}

std::size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
    return size.ws_col;
}

std::string cut(const std::string& line, std::size_t columns) {
    return line.size() <= columns ? line : line.substr(0, columns);
}

}  // namespace

std::string duration_text(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds) + 0.5);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string ProgressView::summary(const Json& head, Millis now) {
    const double fraction = fraction_done(head);
    if (began_ < Millis(0)) {
        began_ = now;
        fraction_at_begin_ = fraction;
    }
    const double gained = fraction - fraction_at_begin_;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    std::string left;
    if (gained > 0.02 && seconds > 1 && fraction < 1) {
        left = fmt::format(", about {} left", duration_text(seconds * (1 - fraction) / gained));
    }
    const Json counts = head.value("tasks", Json::object());
    std::string failed;
    if (number_at(counts, "failed") > 0)
        failed = fmt::format(", {} failed", number_at(counts, "failed"));
    std::size_t shots_done = 0;
    const Json shots = head.value("shots", Json::array());
    for (const Json& shot : shots)
        shots_done += number_at(shot, "done") >= number_at(shot, "total") ? 1U : 0U;
    // At the beginning everything waits for a worker to connect.
    const std::string waits = now - began_ < plain_line_every ? "" : text_at(head, "waits");
    return fmt::format("{:3.0f} %  shots {}/{}, tasks {}/{}{}{}{}{}",
                       fraction * 100,
                       shots_done,
                       shots.size(),
                       number_at(counts, "done"),
                       number_at(counts, "total"),
                       failed,
                       left,
                       waits.empty() ? "" : "; ",
                       waits);
}

void ProgressView::show(const Json& news) {
    const Json head = news.value("job", Json::object());
    const Millis now = surroundings_.clock.steady();
    const std::string line = summary(head, now);
    if (!surroundings_.terminal) {
        if (last_line_ >= Millis(0) && now - last_line_ < plain_line_every) return;
        last_line_ = now;
        say("{}\n", line);
        return;
    }
    std::string text = fmt::format("[{}] {}\n", bar(fraction_done(head)), line);
    std::size_t shown = 0;
    for (const Json& row : head.value("running", Json::array())) {
        if (++shown > running_shown_max) break;
        text += fmt::format("  {:8} {:40} {:3.0f} %  {}\n",
                            text_at(row, "worker"),
                            text_at(row, "task"),
                            number_at(row, "fraction") * 100,
                            text_at(row, "text"));
    }
    draw(text);
}

void ProgressView::draw(const std::string& text) {
    clear();
    const std::size_t columns = terminal_columns();
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        say("{}\n", cut(text.substr(begin, end - begin), columns - 1));
        ++lines_drawn_;
        begin = end + 1;
    }
}

void ProgressView::clear() {
    if (lines_drawn_ > 0) say("\x1b[{}A\x1b[J", lines_drawn_);
    lines_drawn_ = 0;
}

std::string failures_text(const Json& head) {
    std::string text;
    for (const Json& row : head.value("failed", Json::array())) {
        text += fmt::format("  {} failed ({}): {}\n",
                            text_at(row, "task"),
                            text_at(row, "kind"),
                            text_at(row, "text"));
    }
    return text;
}

int exit_code_of_job(const Json& head) {
    const std::string state = text_at(head, "state");
    if (state == "done") return 0;
    return exit_code_of(state == "cancelled" ? ErrorKind::cancelled : ErrorKind::internal);
}

}  // namespace nightreel::cli

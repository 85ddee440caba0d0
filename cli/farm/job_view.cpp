#include "cli/farm/job_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/farm/job_table.h"
#include "cli/json_values.h"
#include "shotspec/base/streams.h"
#include "shotspec/base/utf8.h"

namespace nightreel::cli {
namespace {

constexpr std::size_t running_shown_max = 8;
constexpr std::size_t bar_cells = 24;
constexpr Millis plain_line_every{5'000};

std::string bar(double fraction) {
    const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * bar_cells);
    return std::string(full, '#') + std::string(bar_cells - full, '.');
}

std::size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
    return size.ws_col;
}

}  // namespace

// By the scheduler's estimate; before it has one, by the pace since we began to watch.
std::string ProgressView::left_text(const Json& head, double fraction, Millis now) const {
    const double gained = fraction - fraction_at_begin_;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    double left = 0;
    if (head.contains("seconds_left")) {
        left = number_at(head, "seconds_left");
    } else if (gained > 0.02 && seconds > 1) {
        left = seconds * (1 - fraction) / gained;
    }
    return left > 0 && fraction < 1 ? fmt::format(", about {} left", duration_text(left)) : "";
}

std::string ProgressView::summary(const Json& head, double fraction, Millis now) {
    if (began_ < Millis(0)) {
        began_ = now;
        fraction_at_begin_ = fraction;
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
                       percent_done(head, fraction),
                       shots_done,
                       shots.size(),
                       number_at(counts, "done"),
                       number_at(counts, "total"),
                       failed,
                       left_text(head, fraction, now),
                       waits.empty() ? "" : "; ",
                       waits);
}

void ProgressView::show(const Json& news) {
    const Json head = news.value("job", Json::object());
    const Millis now = surroundings_.clock.steady();
    fraction_shown_ = std::max(fraction_shown_, fraction_done(head));
    const std::string line = summary(head, fraction_shown_, now);
    if (!surroundings_.terminal) {
        if (last_line_ >= Millis(0) && now - last_line_ < plain_line_every) return;
        last_line_ = now;
        say("{}\n", line);
        return;
    }
    std::string text = fmt::format("[{}] {}\n", bar(fraction_shown_), line);
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
    std::string lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines += utf8_head(text.substr(begin, end - begin), columns - 1) + "\n";
        ++lines_drawn_;
        begin = end + 1;
    }
    say_text(lines);
}

void ProgressView::clear() {
    if (lines_drawn_ > 0) say("\x1b[{}A\x1b[J", lines_drawn_);
    lines_drawn_ = 0;
}

}  // namespace nightreel::cli

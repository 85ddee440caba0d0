#pragma once
// Logs of running attempts while somebody reads them: whoever asks marks a part of a job for a
// while, and workers send what the marked attempts write. In memory, bounded; the log that stays is
// the one that a report brings. Owned by the event loop.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/farm/commands.h"
#include "shotspec/base/clock.h"

namespace nightreel {

// The last bytes that came, and where in the whole log they begin.
struct LiveLog {
    std::uint64_t begin = 0;
    std::string text;
};

class LiveLogs {
  public:
    static constexpr std::size_t log_bytes_max = 64 * 1024;
    static constexpr std::size_t logs_max = 256;
    static constexpr std::size_t wishes_max = 64;
    static constexpr Millis kept{30'000};  // after the last reader asked

    // `now` is steady time.
    void follow(const Selection& selection, Millis now);
    bool is_followed(JobId job, const std::string& task, Millis now) const;

    // A piece that is known already is passed over; after a gap only what follows it is kept.
    void take(const TaskAttempt& attempt, std::uint64_t offset, std::string_view chunk);
    const LiveLog* find(const TaskAttempt& attempt) const;

    void forget(const TaskAttempt& attempt) { logs_.erase(attempt); }

  private:
    struct Wish {
        Selection selection;
        Millis until{0};
    };

    std::vector<Wish> wishes_;
    std::map<TaskAttempt, LiveLog> logs_;
};

}  // namespace nightreel

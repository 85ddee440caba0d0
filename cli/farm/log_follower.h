#pragma once
// What a reader of logs has not seen yet, from listing to listing. Pure; one thread.

#include <map>
#include <string>
#include <utility>

#include "shotspec/describe/fields_json.h"

namespace nightreel::cli {

class LogFollower {
  public:
    // `rows` is "logs" of a listing: one row for each attempt. Returns what is new in it, whole
    // lines or parts of them, with a heading wherever another attempt begins to speak.
    std::string news(const Json& rows);

  private:
    struct Read {
        bool was_running = false;
        bool has_ended = false;
        std::uint64_t end = 0;  // of the log, as far as it was read
        std::string last;       // what was read last
    };

    using Attempt = std::pair<std::string, std::uint64_t>;  // task and number

    std::string from_running(Read& read, const Json& row) const;
    std::string from_ended(const Read& read, const Json& row) const;

    std::map<Attempt, Read> read_;
    Attempt speaker_;
    bool ends_in_line_ = true;
};

// "== sh010.take01.sample01  attempt 2  on render03  /var/lib/...log"
std::string log_heading(const Json& row);

}  // namespace nightreel::cli

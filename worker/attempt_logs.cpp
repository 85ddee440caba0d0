#include "worker/attempt_logs.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "shotspec/base/error.h"
#include "worker/outbox.h"

namespace nightreel {

namespace fs = std::filesystem;

AttemptLogs::AttemptLogs(fs::path folder) : folder_(std::move(folder)) {
    std::error_code why;
    fs::create_directories(folder_, why);
    if (why) {
        throw Error(ErrorKind::unavailable, folder_.string() + ": cannot create: " + why.message());
    }
}

fs::path AttemptLogs::begin(const wire::Attempt& attempt) {
    if (begun_++ % swept_every == 0) sweep();
    return folder_ / (file_name_of(attempt) + ".log");
}

void AttemptLogs::sweep(std::size_t kept) const {
    struct Aged {
        fs::file_time_type written;
        fs::path path;
    };

    std::vector<Aged> logs;
    std::error_code ignored;  // a log that cannot be examined or removed is in nobody's way
    for (fs::directory_iterator it(folder_, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
        logs.push_back({fs::last_write_time(it->path(), ignored), it->path()});
    }
    if (logs.size() <= kept) return;
    std::sort(logs.begin(), logs.end(), [](const Aged& a, const Aged& b) {
        return a.written < b.written;
    });
    logs.resize(logs.size() - kept);
    for (const Aged& log : logs) fs::remove(log.path, ignored);
}

}  // namespace nightreel

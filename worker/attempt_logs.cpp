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

fs::path AttemptLogs::path_of(const wire::Attempt& attempt) const {
    return folder_ / (file_name_of(attempt) + ".log");
}

void AttemptLogs::tidy() {
    if (begun_++ % swept_every == 0) sweep();
}

void AttemptLogs::sweep(std::size_t kept, std::uint64_t bytes) const {
    struct Aged {
        fs::file_time_type written;
        std::uint64_t bytes = 0;
        fs::path path;
    };

    std::vector<Aged> logs;
    std::error_code ignored;  // a log that cannot be examined or removed is in nobody's way
    for (fs::directory_iterator it(folder_, ignored), end; !ignored && it != end;
         it.increment(ignored)) {
        std::error_code unknown;
        const std::uint64_t size = fs::file_size(it->path(), unknown);
        logs.push_back({fs::last_write_time(it->path(), unknown), unknown ? 0 : size, it->path()});
    }
    std::sort(logs.begin(), logs.end(), [](const Aged& a, const Aged& b) {
        return a.written > b.written;
    });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < logs.size(); ++i) {
        sum += logs[i].bytes;
        if (i > 0 && (i >= kept || sum > bytes)) fs::remove(logs[i].path, ignored);
    }
}

}  // namespace nightreel

#include "worker/outbox.h"

#include <algorithm>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {

namespace fs = std::filesystem;

namespace {

// What a process that was killed had not finished writing: nobody else writes here.
void remove_half_written(const fs::path& folder) {
    std::error_code why;
    std::vector<fs::path> found;
    for (fs::directory_iterator it(folder, why), end; !why && it != end; it.increment(why)) {
        if (it->path().extension() == ".part") found.push_back(it->path());
    }
    for (const fs::path& path : found) fs::remove(path, why);
}

}  // namespace

std::string file_name_of(const wire::Attempt& attempt) {
    return fmt::format("{}-{}-{}", attempt.job, attempt.task, attempt.number);
}

Outbox::Outbox(const fs::path& state) : folder_(state / "outbox") {
    std::error_code why;
    fs::create_directories(folder_, why);
    if (why) {
        throw Error(ErrorKind::unavailable, folder_.string() + ": cannot create: " + why.message());
    }
    const fs::path lock = state / "lock";
    lock_ = FileLock(lock, O_RDWR | O_CREAT);
    if (!lock_.opened()) throw Error(ErrorKind::unavailable, lock.string() + ": cannot open");
    if (!lock_.held()) {
        throw Error(
            ErrorKind::usage,
            state.string() + ": in use by another worker; set another worker.state for each");
    }
    remove_half_written(state);
    remove_half_written(folder_);
}

fs::path Outbox::path_of(const wire::Attempt& attempt) const {
    return folder_ / (file_name_of(attempt) + ".json");
}

void Outbox::put(const Completion& completion) {
    write_file_atomically(path_of(completion.attempt), to_json_value(completion).dump(1) + "\n");
}

void Outbox::remove(const wire::Attempt& attempt) {
    std::error_code why;
    fs::remove(path_of(attempt), why);
    if (why) {
        throw Error(ErrorKind::unavailable,
                    path_of(attempt).string() + ": cannot remove: " + why.message());
    }
}

std::vector<Completion> Outbox::load() {
    std::vector<Completion> completions;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
        if (entry.path().extension() != ".json") continue;
        try {
            const Json json = parse_json(read_file(entry.path()), entry.path().string());
            completions.push_back(from_json_value<Completion>(json));
        } catch (const Error&) {
            fs::rename(entry.path(), entry.path().string() + ".damaged");
        }
    }
    std::sort(completions.begin(), completions.end(), [](const Completion& a, const Completion& b) {
        return a.attempt < b.attempt;
    });
    return completions;
}

}  // namespace nightreel

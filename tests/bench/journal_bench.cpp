// Times durable transitions: batches of events appended to the SQLite journal with
// synchronous=FULL, and the disk's own fsync for comparison. One JSON line each. Usage:
// journal_bench [folder] (on the disk that is meant; a folder in memory would flatter).

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "scheduler/journal/sqlite_journal.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr std::size_t events_wanted = 40'000;
constexpr int fsyncs_wanted = 200;

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The life of a task, as the event loop writes it.
Event transition(std::size_t number) {
    const auto index = static_cast<TaskIndex>(number / 3);
    const TaskKey task{JobId{1}, index};
    const AttemptId attempt{index + 1U};
    const Millis at(static_cast<Millis::rep>(1'700'000'000'000 + number));
    switch (number % 3) {
        case 0:
            return TaskLeased{at, task, attempt, {"gpu1.studio"}, at + Millis(60'000), false};
        case 1:
            return TaskAccepted{
                at, task, attempt, at, R"({"seconds":12.5,"memory_bytes":123456789})", false};
        default:
            return TaskDone{at, task, attempt};
    }
}

void bench_batches(const std::filesystem::path& folder, std::size_t batch_size) {
    const std::filesystem::path path = folder / fmt::format("batch{}.sqlite", batch_size);
    SqliteJournal journal(path);
    std::vector<double> times;
    const std::size_t events = std::min(events_wanted, batch_size * 400);
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < events; i += batch_size) {
        JournalBatch batch;
        for (std::size_t k = 0; k < batch_size; ++k) batch.events.push_back(transition(i + k));
        const auto before = std::chrono::steady_clock::now();
        journal.append(batch);
        times.push_back(seconds_since(before));
    }
    const double seconds = seconds_since(begin);
    std::sort(times.begin(), times.end());
    fmt::print(
        "{{\"bench\":\"journal_append\",\"batch\":{},\"events\":{},\"events_per_second\":"
        "{:.0f},\"batch_median_ms\":{:.3f},\"batch_p99_ms\":{:.3f}}}\n",
        batch_size,
        times.size() * batch_size,
        static_cast<double>(times.size() * batch_size) / seconds,
        1e3 * times[times.size() / 2],
        1e3 * times[times.size() * 99 / 100]);
}

void bench_replay(const std::filesystem::path& folder) {
    SqliteJournal journal(folder / "batch256.sqlite");
    std::size_t events = 0;
    const auto begin = std::chrono::steady_clock::now();
    journal.replay([&](const Event&) { ++events; });
    fmt::print("{{\"bench\":\"journal_replay\",\"events\":{},\"events_per_second\":{:.0f}}}\n",
               events,
               static_cast<double>(events) / seconds_since(begin));
}

void bench_fsync(const std::filesystem::path& folder) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < fsyncs_wanted; ++i) {
        write_file_atomically(folder / "fsync", std::string_view("x"));
    }
    fmt::print("{{\"bench\":\"file_written_aside_synced_renamed\",\"per_second\":{:.0f}}}\n",
               fsyncs_wanted / seconds_since(begin));
}

}  // namespace
}  // namespace nightreel

int main(int argc, char** argv) {
    const std::filesystem::path parent =
        argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path();
    const std::filesystem::path folder = parent / "nightreel-journal-bench";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const std::size_t batch : {1U, 8U, 32U, 256U}) nightreel::bench_batches(folder, batch);
    nightreel::bench_replay(folder);
    nightreel::bench_fsync(folder);
    std::filesystem::remove_all(folder);
    return 0;
}

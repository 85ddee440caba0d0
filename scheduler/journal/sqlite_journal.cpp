#include "scheduler/journal/sqlite_journal.h"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>

#include "scheduler/journal/event_json.h"
#include "scheduler/journal/sqlite.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/error.h"
#include "shotspec/base/file_lock.h"

namespace nightreel {
namespace {

// Step n brings a file of version n to n + 1. Steps are only ever added.
constexpr std::array<const char*, 3> migrations{
    "CREATE TABLE events (sequence INTEGER PRIMARY KEY, name TEXT NOT NULL, body TEXT NOT NULL) "
    "STRICT;"
    "CREATE TABLE orders (job INTEGER NOT NULL, task INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (job, task)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE logs (job INTEGER NOT NULL, task INTEGER NOT NULL, attempt INTEGER NOT NULL,"
    " worker TEXT NOT NULL, path TEXT NOT NULL, tail TEXT NOT NULL,"
    " PRIMARY KEY (job, task, attempt)) STRICT, WITHOUT ROWID;",
    "ALTER TABLE logs ADD COLUMN number INTEGER NOT NULL DEFAULT 0;",
    "CREATE TABLE nights (job INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,"
    " text TEXT NOT NULL, PRIMARY KEY (job, number)) STRICT, WITHOUT ROWID;",
};

FileLock lock_of(const std::filesystem::path& journal) {
    const std::string path = journal.string() + ".lock";
    FileLock lock(path, O_RDWR | O_CREAT);
    if (!lock.opened())
        throw Error(ErrorKind::unavailable, path + ": cannot be opened for writing");
    if (lock.held()) return lock;
    throw Error(
        ErrorKind::unavailable,
        fmt::format("{}: in use by another scheduler; stop it, or set another scheduler.state",
                    journal.string()));
}

void migrate(sqlite::Database& database, const std::filesystem::path& path) {
    sqlite::Statement read(database, "PRAGMA user_version");
    read.step();
    const auto version = static_cast<std::size_t>(read.integer(0));
    read.reset();
    if (version > migrations.size()) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: written by a newer release; use that release", path.string()));
    }
    for (std::size_t step = version; step < migrations.size(); ++step) {
        database.run("BEGIN IMMEDIATE");
        database.run(migrations.at(step));
        database.run(fmt::format("PRAGMA user_version = {}", step + 1).c_str());
        database.run("COMMIT");
    }
}

void check_whole(const sqlite::Database& database, const std::filesystem::path& path) {
    sqlite::Statement quick_check(database, "PRAGMA quick_check(1)");
    if (quick_check.step() && quick_check.text(0) == "ok") return;
    throw Error(
        ErrorKind::corrupt,
        fmt::format("{}: the journal is damaged; restore it from a backup, or move it away to "
                    "start with an empty one (finished results are reused from the store)",
                    path.string()));
}

// SQLite would make it with mode 0644 whatever the umask says; its other files have the mode of
// this one. An empty file is an empty database.
void make_file(const std::filesystem::path& path) {
    // Where that fails, SQLite says what is wrong.
    const Descriptor made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
}

sqlite::Database open(const std::filesystem::path& path) {
    make_file(path);
    sqlite::Database database(path);
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    check_whole(database, path);
    migrate(database, path);
    return database;
}

std::optional<JobId> job_no_longer_there(const Event& event) {
    if (const auto* forgotten = std::get_if<JobForgotten>(&event)) return forgotten->job;
    if (const auto* dropped = std::get_if<JobDropped>(&event)) return dropped->job;
    return {};
}

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

}  // namespace

struct SqliteJournal::State {
    explicit State(const std::filesystem::path& path) : lock(lock_of(path)), database(open(path)) {}

    FileLock lock;
    sqlite::Database database;
    sqlite::Statement begin{database, "BEGIN IMMEDIATE"};
    sqlite::Statement commit{database, "COMMIT"};
    sqlite::Statement add_event{database, "INSERT INTO events (name, body) VALUES (?, ?)"};
    sqlite::Statement add_order{database, "INSERT INTO orders (job, task, text) VALUES (?, ?, ?)"};
    sqlite::Statement add_log{database,
                              "INSERT OR REPLACE INTO logs (job, task, attempt, worker, path, "
                              "tail, number) VALUES (?, ?, ?, ?, ?, ?, ?)"};
    sqlite::Statement add_night{database,
                                "INSERT INTO nights (job, number, name, text) VALUES (?, ?, ?, ?)"};
    sqlite::Statement drop_night{database, "DELETE FROM nights WHERE job = ?"};
    sqlite::Statement find_night{
        database, "SELECT number, name, text FROM nights WHERE job = ? ORDER BY number"};
    sqlite::Statement drop_orders{database, "DELETE FROM orders WHERE job = ?"};
    sqlite::Statement drop_logs{database, "DELETE FROM logs WHERE job = ?"};
    sqlite::Statement find_order{database, "SELECT text FROM orders WHERE job = ? AND task = ?"};
    sqlite::Statement find_logs{
        database,
        "SELECT attempt, worker, path, tail, number FROM logs WHERE job = ? AND task = ? ORDER BY "
        "attempt"};
    bool failed = false;

    void write(const JournalBatch& batch);
};

SqliteJournal::SqliteJournal(const std::filesystem::path& path)
    : state_(std::make_unique<State>(path)) {}

SqliteJournal::~SqliteJournal() = default;

void SqliteJournal::append(const JournalBatch& batch) {
    if (batch.empty()) return;
    if (state_->failed) {
        throw Error(ErrorKind::unavailable, "the journal failed earlier; restart the scheduler");
    }
    state_->failed = true;  // until the commit is known to have happened
    state_->begin.run();
    state_->write(batch);
    state_->commit.run();
    state_->failed = false;
}

void SqliteJournal::State::write(const JournalBatch& batch) {
    for (const Event& event : batch.events) {
        const std::string body = body_of(event);
        add_event.bind(1, name_of(event)).bind(2, body).run();
        if (const std::optional<JobId> job = job_no_longer_there(event)) {
            drop_orders.bind(1, signed_of(job->value)).run();
            drop_logs.bind(1, signed_of(job->value)).run();
            drop_night.bind(1, signed_of(job->value)).run();
        }
    }
    for (const OrderDocument& order : batch.orders) {
        add_order.bind(1, signed_of(order.task.job.value))
            .bind(2, order.task.index)
            .bind(3, order.text)
            .run();
    }
    for (const NightPiece& piece : batch.night) {
        add_night.bind(1, signed_of(piece.job.value))
            .bind(2, piece.number)
            .bind(3, piece.name)
            .bind(4, piece.text)
            .run();
    }
    for (const LogDocument& log : batch.logs) {
        add_log.bind(1, signed_of(log.attempt.task.job.value))
            .bind(2, log.attempt.task.index)
            .bind(3, signed_of(log.attempt.attempt.value))
            .bind(4, log.worker)
            .bind(5, log.path)
            .bind(6, log.tail)
            .bind(7, log.number)
            .run();
    }
}

void SqliteJournal::replay(const std::function<void(const Event&)>& take) {
    sqlite::Statement all(state_->database,
                          "SELECT sequence, name, body FROM events ORDER BY sequence");
    for (std::int64_t expected = 1; all.step(); ++expected) {
        if (all.integer(0) != expected) {
            throw Error(ErrorKind::corrupt,
                        fmt::format("event {} of the journal is missing; restore it from a backup",
                                    expected));
        }
        in_context(fmt::format("event {}", expected),
                   [&] { take(event_from(all.text(1), all.text(2))); });
    }
}

std::optional<std::string> SqliteJournal::order_of(TaskKey task) {
    state_->find_order.bind(1, signed_of(task.job.value)).bind(2, task.index);
    std::optional<std::string> text;
    if (state_->find_order.step()) text = state_->find_order.text(0);
    state_->find_order.reset();
    return text;
}

std::vector<NightPiece> SqliteJournal::night_of(JobId job) {
    std::vector<NightPiece> night;
    sqlite::Statement& find = state_->find_night;
    find.bind(1, signed_of(job.value));
    while (find.step()) {
        night.push_back(
            {job, static_cast<std::uint32_t>(find.integer(0)), find.text(1), find.text(2)});
    }
    find.reset();
    return night;
}

std::vector<LogDocument> SqliteJournal::logs_of(TaskKey task) {
    std::vector<LogDocument> logs;
    sqlite::Statement& find = state_->find_logs;
    find.bind(1, signed_of(task.job.value)).bind(2, task.index);
    while (find.step()) {
        logs.push_back({{task, AttemptId{static_cast<std::uint64_t>(find.integer(0))}},
                        static_cast<std::uint32_t>(find.integer(4)),
                        find.text(1),
                        find.text(2),
                        find.text(3)});
    }
    find.reset();
    return logs;
}

}  // namespace nightreel

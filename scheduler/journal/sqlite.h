#pragma once
// SQLite with owners and errors: as much of it as the journal needs. One thread.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace nightreel::sqlite {

class Database {
  public:
    // Throws Error: unavailable when it cannot be opened, corrupt when it is no database.
    explicit Database(const std::filesystem::path& path);

    void run(const char* sql);

    sqlite3* handle() const { return handle_.get(); }

    [[noreturn]] void fail(int code) const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    };

    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement, used again and again. The database outlives it.
class Statement {
  public:
    Statement(const Database& database, const char* sql);

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);  // borrowed until the next reset

    // True while there is a row.
    bool step();
    void reset();
    // For statements that give no rows.
    void run();

    std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

    std::string text(int column) const;

  private:
    struct Finalise {
        void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
    };

    const Database& database_;
    std::unique_ptr<sqlite3_stmt, Finalise> handle_;
};

}  // namespace nightreel::sqlite

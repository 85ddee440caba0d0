#include "scheduler/journal/sqlite.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel::sqlite {

Database::Database(const std::filesystem::path& path) : path_(path.string()) {
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) fail(code);
}

void Database::run(const char* sql) {
    const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
    const bool damaged = (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
    const char* why = handle_ ? sqlite3_errmsg(handle()) : sqlite3_errstr(code);
    throw Error(damaged ? ErrorKind::corrupt : ErrorKind::unavailable,
                fmt::format("{}: {}", path_, why));
}

Statement::Statement(const Database& database, const char* sql) : database_(database) {
    sqlite3_stmt* handle = nullptr;
    const int code =
        sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) database.fail(code);
    handle_.reset(handle);
}

Statement& Statement::bind(int index, std::int64_t value) {
    const int code = sqlite3_bind_int64(handle_.get(), index, value);
    if (code != SQLITE_OK) database_.fail(code);
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    const int code = sqlite3_bind_text64(
        handle_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (code != SQLITE_OK) database_.fail(code);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    reset();  // or the statement could never be used again
    database_.fail(code);
}

void Statement::reset() {
    sqlite3_reset(handle_.get());  // repeats the error of the last step, which was reported then
    sqlite3_clear_bindings(handle_.get());
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace nightreel::sqlite

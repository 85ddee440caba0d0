#include "shotspec/base/error.h"

#include <array>

namespace nightreel {
namespace {

struct Row {
    ErrorKind kind;
    std::string_view name;
    int exit_code;
};

constexpr std::array<Row, 13> rows{{
    {ErrorKind::bad_input, "bad_input", 3},
    {ErrorKind::usage, "usage", 2},
    {ErrorKind::unreachable, "unreachable", 4},
    {ErrorKind::not_allowed, "not_allowed", 5},
    {ErrorKind::timed_out, "timed_out", 6},
    {ErrorKind::cancelled, "cancelled", 7},
    {ErrorKind::needs_approval, "needs_approval", 8},
    {ErrorKind::out_of_memory, "out_of_memory", 9},
    {ErrorKind::unavailable, "unavailable", 10},
    {ErrorKind::corrupt, "corrupt", 1},
    {ErrorKind::crash, "crash", 1},
    {ErrorKind::unfit, "unfit", 11},
    {ErrorKind::internal, "internal", 1},
}};

const Row& row_of(ErrorKind kind) {
    for (const Row& row : rows) {
        if (row.kind == kind) return row;
    }
    return rows.back();
}

}  // namespace

std::string_view name_of(ErrorKind kind) {
    return row_of(kind).name;
}

ErrorKind error_kind_named(std::string_view name) {
    for (const Row& row : rows) {
        if (row.name == name) return row.kind;
    }
    return ErrorKind::internal;
}

int exit_code_of(ErrorKind kind) {
    return row_of(kind).exit_code;
}

}  // namespace nightreel

#pragma once
// What the mains of the toy world's programs share: usage faults and errors as exit codes.

#include <exception>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shotspec/base/error.h"

namespace nightreel::toybox {

// The exit code to end with at once, or nothing when the program may go on.
inline std::optional<int> parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_code_of(ErrorKind::usage);
    }
    return std::nullopt;
}

// The body of a main: its result, or what was thrown on stderr and as an exit code.
template <class Body>
int run_program(const char* name, Body&& body) {
    try {
        return body();
    } catch (const Error& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return exit_code_of(error.kind());
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return exit_code_of(ErrorKind::internal);
    }
}

}  // namespace nightreel::toybox

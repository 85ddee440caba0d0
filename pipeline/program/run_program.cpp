#include "pipeline/program/run_program.h"

#include <cstdio>
#include <exception>
#include <new>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/processor.h"

namespace nightreel {

int run_program(std::string_view name,
                int argc,
                char** argv,
                int (*run)(std::span<const std::string> arguments)) {
    try {
        limit_tensor_libraries();
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const Error& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return exit_code_of(error.kind());
    } catch (const std::bad_alloc&) {
        fmt::print(stderr, "{}: out of memory\n", name);
        return exit_code_of(ErrorKind::out_of_memory);
    } catch (const std::exception& error) {
        // LibTorch appends its C++ stack, line after line.
        const std::string_view text = error.what();
        fmt::print(stderr, "{}: {}\n", name, text.substr(0, text.find('\n')));
        return exit_code_of(ErrorKind::internal);
    }
}

}  // namespace nightreel

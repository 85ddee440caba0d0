#include "pipeline/program/run_program.h"

#include <exception>
#include <filesystem>
#include <new>
#include <string_view>
#include <vector>

#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/processor.h"
#include "shotspec/base/streams.h"

namespace nightreel {

int run_program(std::string_view name,
                int argc,
                char** argv,
                int (*run)(std::span<const std::string> arguments)) {
    prepare_standard_streams();
    try {
        for (const std::string& variable : limit_tensor_libraries()) {
            say("{}: {} is ignored; to use an older processor's instructions, set NIGHTREEL_CPU\n",
                name,
                variable);
        }
        const int code = run(std::vector<std::string>(argv + 1, argv + argc));
        const std::string fault = lost_answers();
        if (fault.empty()) return code;
        throw Error(ErrorKind::internal, "the answer cannot be written to stdout: " + fault);
    } catch (const Error& error) {
        say("{}: {}\n", name, error.what());
        return exit_code_of(error.kind());
    } catch (const std::filesystem::filesystem_error& error) {
        const Error fault = local_file_error(error);
        say("{}: {}\n", name, fault.what());
        return exit_code_of(fault.kind());
    } catch (const std::bad_alloc&) {
        say("{}: out of memory\n", name);
        return exit_code_of(ErrorKind::out_of_memory);
    } catch (const std::exception& error) {
        // LibTorch appends its C++ stack, line after line.
        const std::string_view text = error.what();
        say("{}: {}\n", name, text.substr(0, text.find('\n')));
        return exit_code_of(ErrorKind::internal);
    }
}

}  // namespace nightreel

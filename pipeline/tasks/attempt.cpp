#include "pipeline/tasks/attempt.h"

#include <filesystem>
#include <new>
#include <string>

#include <fmt/format.h>

#include "pipeline/model/tensor/faults.h"
#include "pipeline/tasks/run_task.h"
#include "shotspec/base/disk/file_error.h"

namespace nightreel {
namespace {

ChildLine failed(ErrorKind kind, const std::string& text, std::vector<Digest> lost = {}) {
    ChildLine line;
    line.failure = TaskFailure{std::string(name_of(kind)), text, std::move(lost)};
    return line;
}

// LibTorch's own types stay behind the torch wall, so its exhausted allocators are known by their
// words: "CUDA out of memory", "DefaultCPUAllocator: can't allocate memory".
bool says_out_of_memory(std::string_view text) {
    return text.find("out of memory") != std::string_view::npos ||
           text.find("can't allocate memory") != std::string_view::npos ||
           text.find("not enough memory") != std::string_view::npos;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

ChildLine attempt(const std::function<TaskResult()>& work,
                  const std::function<void(std::string_view lines)>& log) {
    try {
        ChildLine line;
        line.result = work();
        return line;
    } catch (const LostInput& lost) {
        return failed(lost.kind(), lost.what(), {lost.digest()});
    } catch (const TensorFault& fault) {
        log(fault.details() + "\n");
        return failed(fault.kind(), fault.what());
    } catch (const Error& error) {
        return failed(error.kind(), error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        const Error fault = local_file_error(error);
        return failed(fault.kind(), fault.what());
    } catch (const std::bad_alloc&) {
        return failed(ErrorKind::out_of_memory, "out of memory on this machine");
    } catch (const std::exception& error) {
        const ErrorKind kind =
            says_out_of_memory(error.what()) ? ErrorKind::out_of_memory : ErrorKind::internal;
        log(fmt::format("{}\n", error.what()));
        return failed(kind, first_line(error.what()));
    } catch (...) {
        return failed(ErrorKind::internal, "unknown exception");
    }
}

}  // namespace nightreel

#include "pipeline/model/tensor/faults.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace nightreel {
namespace {

// oneDNN and MKL throw types of their own, so an allocation that failed is recognized by its words.
bool is_failed_allocation(const std::exception& fault, std::string_view text) {
    return dynamic_cast<const c10::OutOfMemoryError*>(&fault) != nullptr ||
           text.find("allocate memory") != std::string_view::npos ||
           text.find("out of memory") != std::string_view::npos ||
           text.find("not enough memory") != std::string_view::npos;
}

}  // namespace

void throw_tensor_fault(std::string_view what, const std::exception& fault) {
    const auto* const of_torch = dynamic_cast<const c10::Error*>(&fault);
    const std::string text =
        of_torch == nullptr ? fault.what() : of_torch->what_without_backtrace();
    const ErrorKind kind =
        is_failed_allocation(fault, text) ? ErrorKind::out_of_memory : ErrorKind::internal;
    throw TensorFault(
        kind, fmt::format("{}: {}", what, text.substr(0, text.find('\n'))), fault.what());
}

}  // namespace nightreel

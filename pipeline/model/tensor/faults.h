#pragma once
// Turns exceptions of LibTorch and the libraries it uses (oneDNN, MKL, CUDA) into an Error with one
// sentence. Their C++ stack is kept apart, for the log. Any thread.

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "shotspec/base/error.h"

namespace nightreel {

class TensorFault : public Error {
  public:
    TensorFault(ErrorKind kind, const std::string& what, std::string details)
        : Error(kind, what), details_(std::move(details)) {}

    // All that the library said, several lines with its stack.
    const std::string& details() const noexcept { return details_; }

  private:
    std::string details_;
};

// Throws TensorFault "WHAT: first line of the fault": out_of_memory when an allocation failed,
// otherwise internal.
[[noreturn]] void throw_tensor_fault(std::string_view what, const std::exception& fault);

// Runs `body`. Errors and std::bad_alloc pass unchanged.
template <class Body>
decltype(auto) in_tensors(std::string_view what, Body&& body) {
    try {
        return std::forward<Body>(body)();
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& fault) {
        throw_tensor_fault(what, fault);
    }
}

}  // namespace nightreel

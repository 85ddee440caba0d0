#include "tests/gpu/waits.h"

#include <atomic>
#include <cstddef>

#include <dlfcn.h>

namespace nightreel {
namespace {

std::atomic<std::int64_t> waits{0};

// The runtime's own function, behind the one of the same name below.
template <class Function>
Function* next_of(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Function, class... Arguments>
int counted(const char* name, Arguments... arguments) {
    ++waits;
    constexpr int not_initialised = 3;
    Function* next = next_of<Function>(name);
    return next == nullptr ? not_initialised : next(arguments...);
}

}  // namespace

std::int64_t waits_for_device() {
    return waits;
}

}  // namespace nightreel

// As the CUDA runtime declares them, with its handles as plain pointers.
extern "C" {

int cudaStreamSynchronize(void* stream) {
    return nightreel::counted<int(void*)>("cudaStreamSynchronize", stream);
}

int cudaEventSynchronize(void* event) {
    return nightreel::counted<int(void*)>("cudaEventSynchronize", event);
}

int cudaDeviceSynchronize() {
    return nightreel::counted<int()>("cudaDeviceSynchronize");
}

int cudaMemcpy(void* to, const void* from, std::size_t bytes, int kind) {
    return nightreel::counted<int(void*, const void*, std::size_t, int)>(
        "cudaMemcpy", to, from, bytes, kind);
}
}

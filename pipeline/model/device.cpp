#include "pipeline/model/device.h"

#include <array>
#include <charconv>
#include <optional>

#include <ATen/ATen.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// What is missing before device `index` can be used; nothing when it is ready.
std::optional<std::string> why_no_cuda(c10::DeviceIndex index) {
    // Never closed: it registers its kernels with ATen for as long as the process lives.
    if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* reason = ::dlerror();
        return fmt::format("LibTorch's CUDA part cannot be loaded ({})",
                           reason == nullptr ? "no reason given" : reason);
    }
    if (!at::globalContext().hasCUDA()) {
        return "LibTorch's CUDA part is loaded but finds no working NVIDIA driver";
    }
    const int count = at::detail::getCUDAHooks().deviceCount();
    if (index >= count)
        return fmt::format("this machine has {} CUDA device(s), numbered from 0", count);
    return {};
}

template <class Function>
Function* driver_function(void* driver, const char* name) {
    return reinterpret_cast<Function*>(::dlsym(driver, name));
}

}  // namespace

c10::Device open_device(std::string_view name) {
    if (name == "cpu") return c10::Device(c10::kCPU);
    if (name == "auto") {
        return why_no_cuda(0) ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, 0);
    }
    constexpr std::string_view cuda = "cuda:";
    c10::DeviceIndex index = 0;
    const char* const end = name.data() + name.size();
    const bool is_cuda = name.starts_with(cuda) && name.size() > cuda.size();
    if (!is_cuda || std::from_chars(name.data() + cuda.size(), end, index).ptr != end ||
        index < 0) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("device {}: unknown; auto, cpu and cuda:N are known", name));
    }
    if (const auto missing = why_no_cuda(index)) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format("device {}: {}; use cpu, or auto to take what is there", name, *missing));
    }
    return {c10::kCUDA, index};
}

std::string cuda_device_name(const c10::Device& device) {
    // The driver's own interface: its functions are plain C, and no CUDA header is needed to build.
    void* driver = ::dlopen("libcuda.so.1", RTLD_NOW);
    if (driver == nullptr) throw Error(ErrorKind::unavailable, "libcuda.so.1: cannot be loaded");
    auto* get = driver_function<int(int*, int)>(driver, "cuDeviceGet");
    auto* get_name = driver_function<int(char*, int, int)>(driver, "cuDeviceGetName");
    auto* get_attribute = driver_function<int(int*, int, int)>(driver, "cuDeviceGetAttribute");
    constexpr int capability_major = 75;
    constexpr int capability_minor = 76;
    std::array<char, 256> name{};
    int handle = 0;
    int major = 0;
    int minor = 0;
    if (get == nullptr || get_name == nullptr || get_attribute == nullptr ||
        get(&handle, device.index()) != 0 ||
        get_name(name.data(), static_cast<int>(name.size()) - 1, handle) != 0 ||
        get_attribute(&major, capability_major, handle) != 0 ||
        get_attribute(&minor, capability_minor, handle) != 0) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: the driver does not say what it is", device.str()));
    }
    return fmt::format("{} sm_{}{}", name.data(), major, minor);
}

}  // namespace nightreel

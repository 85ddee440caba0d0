#include "pipeline/model/tensor/device.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/SDPBackend.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/tokens/operators.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int hopper_capability = 90;

// What is missing before device `index` can be used; nothing when it is ready.
std::optional<std::string> why_no_cuda(c10::DeviceIndex index) {
    // Never closed: it registers its kernels with ATen for as long as the process lives.
    if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
        const char* reason = ::dlerror();
        return fmt::format("LibTorch's CUDA part cannot be loaded ({})",
                           reason == nullptr ? "no reason given" : reason);
    }
    if (!at::globalContext().hasCUDA()) {
        return "LibTorch's CUDA part finds no working NVIDIA driver";
    }
    const int count = at::detail::getCUDAHooks().deviceCount();
    if (index >= count)
        return fmt::format("this machine has {} CUDA device(s), numbered from 0", count);
    return {};
}

// The driver's own interface: its functions are plain C, and no CUDA header is needed to build.
class Driver {
  public:
    explicit Driver(const c10::Device& device) : device_(device) {
        // Never closed: LibTorch has it open as long as the process lives.
        library_ = ::dlopen("libcuda.so.1", RTLD_NOW);
        if (library_ == nullptr) {
            throw Error(ErrorKind::unavailable, "libcuda.so.1: cannot be loaded");
        }
        check(call<int(int*, int)>("cuDeviceGet", &handle_, static_cast<int>(device.index())));
    }

    std::string name() const {
        std::array<char, 256> name{};
        const int size = static_cast<int>(name.size()) - 1;
        check(call<int(char*, int, int)>("cuDeviceGetName", name.data(), size, handle_));
        return name.data();
    }

    int attribute(int number) const {
        int value = 0;
        check(call<int(int*, int, int)>("cuDeviceGetAttribute", &value, number, handle_));
        return value;
    }

  private:
    template <class Function, class... Arguments>
    int call(const char* name, Arguments... arguments) const {
        auto* function = reinterpret_cast<Function*>(::dlsym(library_, name));
        return function == nullptr ? 1 : function(arguments...);
    }

    void check(int status) const {
        if (status == 0) return;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: the driver does not report its name", device_.str()));
    }

    c10::Device device_;
    void* library_ = nullptr;
    int handle_ = 0;
};

// What ATen is told once about all GPUs.
void prepare_cuda(const c10::Device& device) {
    (void)load_token_operators();  // the device class names them, or says that they are missing
    at::Context& context = at::globalContext();
    // float32 is a policy that is asked for where digits matter: cuDNN would take ten bits of it.
    context.setAllowTF32CuDNN(false);
    using enum at::SDPBackend;
    std::vector<std::int64_t> order;
    const auto add = [&](at::SDPBackend way) { order.push_back(static_cast<std::int64_t>(way)); };
    // From Hopper on cuDNN's attention is the faster one; ATen's flash kernels are for Ampere.
    const bool is_hopper = cuda_capability(device) >= hopper_capability;
    for (const auto way : {is_hopper ? cudnn_attention : flash_attention,
                           is_hopper ? flash_attention : cudnn_attention,
                           efficient_attention,
                           math,
                           overrideable}) {
        add(way);
    }
    context.setSDPPriorityOrder(order);
}

}  // namespace

c10::Device open_device(std::string_view name) {
    if (name == "cpu") return c10::Device(c10::kCPU);
    if (name == "auto") {
        if (why_no_cuda(0)) return c10::Device(c10::kCPU);
        prepare_cuda(c10::Device(c10::kCUDA, 0));
        return c10::Device(c10::kCUDA, 0);
    }
    constexpr std::string_view cuda = "cuda:";
    c10::DeviceIndex index = 0;
    const char* const end = name.data() + name.size();
    const bool is_cuda = name.starts_with(cuda) && name.size() > cuda.size();
    if (!is_cuda || std::from_chars(name.data() + cuda.size(), end, index).ptr != end ||
        index < 0) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("invalid device '{}': expected auto, cpu or cuda:N", name));
    }
    if (const auto missing = why_no_cuda(index)) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format(
                "device {}: {}; use cpu, or auto for the best available device", name, *missing));
    }
    const c10::Device device(c10::kCUDA, index);
    prepare_cuda(device);
    return device;
}

std::string cuda_device_name(const c10::Device& device) {
    const int capability = cuda_capability(device);
    return fmt::format("{} sm_{}{}", Driver(device).name(), capability / 10, capability % 10);
}

int cuda_capability(const c10::Device& device) {
    constexpr int major = 75;
    constexpr int minor = 76;
    const Driver driver(device);
    return 10 * driver.attribute(major) + driver.attribute(minor);
}

at::Tensor uploaded(const at::Tensor& tensor, const c10::Device& device) {
    if (!device.is_cuda() || !tensor.is_cpu()) return tensor.to(device);
    // From other pages the driver may wait for the stream before it copies.
    return tensor.pin_memory().to(device, /*non_blocking=*/true);
}

}  // namespace nightreel

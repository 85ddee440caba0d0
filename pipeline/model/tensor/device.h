#pragma once
// Opening a device. LibTorch's CUDA part is not linked: it is loaded here, before the first
// question to ATen that mentions CUDA, because ATen remembers the first answer for good; after it
// come our own kernels, where they are built. A GPU computes float32 in full and attends with the
// kernels that are the fastest on it. Call from main, once, before any other use of ATen.

#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace nightreel {

// "cpu", "cuda:N", or "auto": the first GPU when there is a usable one, else the CPU.
// Error{bad_input} for another word; Error{unavailable} says what is missing (library, driver,
// device) for "cuda:N".
c10::Device open_device(std::string_view name);

// "NVIDIA H200 sm_90"; the device must have been opened.
std::string cuda_device_name(const c10::Device& device);

// 90 for sm_90.
int cuda_capability(const c10::Device& device);

// A tensor of the host on the device, without waiting for what the device has to do before.
at::Tensor uploaded(const at::Tensor& tensor, const c10::Device& device);

}  // namespace nightreel

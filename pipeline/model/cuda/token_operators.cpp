// The kernels as LibTorch's operators: what tensor/tokens/operators.cpp asks the dispatcher
// for. A library of its own, loaded after LibTorch's CUDA part; registering is all that it does
// when it is loaded. The callers have checked shapes, types and places.

#include <tuple>

#include <ATen/ATen.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include "pipeline/model/cuda/token_kernels.h"

namespace nightreel {
namespace {

ItemType item_type(const at::Tensor& tensor) {
    if (tensor.scalar_type() == at::kFloat) return ItemType::float32;
    return tensor.scalar_type() == at::kBFloat16 ? ItemType::bfloat16 : ItemType::float16;
}

TableRow table_row(const at::Tensor& x_bnd,
                   const std::optional<at::Tensor>& index,
                   std::int64_t groups) {
    if (!index) return {};
    return {index->const_data_ptr<std::int64_t>(), x_bnd.size(1) / groups, x_bnd.size(2)};
}

void* stream_of(const at::Tensor& tensor) {
    return c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream();
}

void check_started(const char* fault) {
    TORCH_CHECK(fault == nullptr, "nightreel's CUDA kernels: ", fault);
}

at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          const std::optional<at::Tensor>& index,
                          std::int64_t groups,
                          double epsilon,
                          at::ScalarType type) {
    const c10::DeviceGuard guard(x_bnd.device());
    const at::Tensor out = at::empty(x_bnd.sizes(), x_bnd.options().dtype(type));
    check_started(launch_norm({x_bnd.const_data_ptr(),
                               item_type(x_bnd),
                               out.mutable_data_ptr(),
                               item_type(out),
                               shift_ud.const_data_ptr<float>(),
                               scale_ud.const_data_ptr<float>(),
                               table_row(x_bnd, index, groups),
                               x_bnd.size(0) * x_bnd.size(1),
                               x_bnd.size(2),
                               static_cast<float>(epsilon)},
                              stream_of(x_bnd)));
    return out;
}

void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const at::Tensor& gate_ud,
               const std::optional<at::Tensor>& index,
               std::int64_t groups) {
    const c10::DeviceGuard guard(x_bnd.device());
    check_started(launch_gate({x_bnd.mutable_data_ptr(),
                               item_type(x_bnd),
                               y_bnd.const_data_ptr(),
                               item_type(y_bnd),
                               gate_ud.const_data_ptr<float>(),
                               table_row(x_bnd, index, groups),
                               x_bnd.size(0) * x_bnd.size(1),
                               x_bnd.size(2)},
                              stream_of(x_bnd)));
}

void norm_and_rotate(at::Tensor& x_bnpd,
                     const at::Tensor& weight_pd,
                     const std::optional<at::Tensor>& rotations,
                     std::int64_t heads,
                     double epsilon) {
    const c10::DeviceGuard guard(x_bnpd.device());
    const std::int64_t width = x_bnpd.size(3);
    check_started(launch_rotate({x_bnpd.mutable_data_ptr(),
                                 item_type(x_bnpd),
                                 weight_pd.const_data_ptr<float>(),
                                 rotations ? rotations->const_data_ptr<float>() : nullptr,
                                 x_bnpd.size(1),
                                 x_bnpd.size(0),
                                 x_bnpd.size(2),
                                 x_bnpd.stride(1),
                                 x_bnpd.stride(2),
                                 width,
                                 width / heads,
                                 static_cast<float>(epsilon)},
                                stream_of(x_bnpd)));
}

std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd) {
    const c10::DeviceGuard guard(x_nd.device());
    at::Tensor out = at::empty(x_nd.sizes(), x_nd.options().dtype(at::kFloat8_e4m3fn));
    at::Tensor scales = at::empty({x_nd.size(0), 1}, x_nd.options().dtype(at::kFloat));
    check_started(launch_round({x_nd.const_data_ptr(),
                                item_type(x_nd),
                                out.mutable_data_ptr(),
                                scales.mutable_data_ptr<float>(),
                                x_nd.size(0),
                                x_nd.size(1)},
                               stream_of(x_nd)));
    return {out, scales};
}

}  // namespace
}  // namespace nightreel

TORCH_LIBRARY(nightreel, library) {
    library.def(
        "modulated_norm(Tensor x, Tensor shift, Tensor scale, Tensor? index, int groups, "
        "float epsilon, ScalarType type) -> Tensor");
    library.def("add_gated(Tensor(a!) x, Tensor y, Tensor gate, Tensor? index, int groups) -> ()");
    library.def(
        "norm_and_rotate(Tensor(a!) x, Tensor weight, Tensor? rotations, int heads, "
        "float epsilon) -> ()");
    library.def("round_to_e4m3(Tensor x) -> (Tensor, Tensor)");
}

TORCH_LIBRARY_IMPL(nightreel, CUDA, library) {
    library.impl("modulated_norm", nightreel::modulated_norm);
    library.impl("add_gated", nightreel::add_gated);
    library.impl("norm_and_rotate", nightreel::norm_and_rotate);
    library.impl("round_to_e4m3", nightreel::round_to_e4m3);
}

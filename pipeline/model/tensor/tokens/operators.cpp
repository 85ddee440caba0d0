#include "pipeline/model/tensor/tokens/operators.h"

#include <array>
#include <cstdint>
#include <filesystem>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "pipeline/model/cuda/token_rows.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr const char* library_name = "libnightreel_cuda.so";

bool is_packed(const void* place) {
    return reinterpret_cast<std::uintptr_t>(place) % packet_bytes == 0;
}

template <class Signature>
auto found_operator(const char* name) {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}

// A table of one row is taken by all tokens.
std::optional<at::Tensor> index_of(const TimeModulation& time, const at::Tensor& rows_ud) {
    if (rows_ud.size(0) == 1) return {};
    NIGHTREEL_CHECK(time.index.numel() == time.batch * time.groups, "a row for each group");
    return time.index;
}

}  // namespace

std::optional<std::string> load_token_operators() {
    if (has_token_operators()) return {};
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    const std::filesystem::path folder = program.parent_path();
    for (const auto& path : {folder / library_name, folder.parent_path() / "lib" / library_name}) {
        if (!std::filesystem::exists(path)) continue;
        // Never closed: it registers its operators for as long as the process lives.
        if (::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return {};
        const char* reason = ::dlerror();
        return fmt::format("{} cannot be loaded ({})",
                           path.string(),
                           reason == nullptr ? "no reason given" : reason);
    }
    return fmt::format("{}: not found in {} or {}; it is built only where nvcc is installed",
                       library_name,
                       folder.string(),
                       (folder.parent_path() / "lib").string());
}

bool has_token_operators() {
    return c10::Dispatcher::singleton().findSchema({"nightreel::modulated_norm", ""}).has_value();
}

bool can_take_rows(const at::Tensor& x) {
    const at::ScalarType type = x.scalar_type();
    if (!x.is_cuda() || (type != at::kFloat && type != at::kBFloat16 && type != at::kHalf) ||
        x.size(-1) % items_at_once != 0 || x.size(-1) > row_width_max || x.stride(-1) != 1 ||
        !is_packed(x.const_data_ptr())) {
        return false;
    }
    for (std::int64_t axis = 0; axis + 1 < x.dim(); ++axis) {
        if (x.size(axis) > 1 && x.stride(axis) % items_at_once != 0) return false;
    }
    return has_token_operators();
}

namespace operators {

at::Tensor modulated_norm(const at::Tensor& x_bnd,
                          const TimeModulation& time,
                          const at::Tensor& shift_ud,
                          const at::Tensor& scale_ud,
                          double epsilon,
                          at::ScalarType type) {
    using Signature = at::Tensor(const at::Tensor&,
                                 const at::Tensor&,
                                 const at::Tensor&,
                                 const std::optional<at::Tensor>&,
                                 std::int64_t,
                                 double,
                                 at::ScalarType);
    return found_operator<Signature>("nightreel::modulated_norm")
        .call(x_bnd.contiguous(),
              shift_ud.contiguous(),
              scale_ud.contiguous(),
              index_of(time, shift_ud),
              time.groups,
              epsilon,
              type);
}

void add_gated(at::Tensor& x_bnd,
               const at::Tensor& y_bnd,
               const TimeModulation& time,
               const at::Tensor& gate_ud) {
    using Signature = void(at::Tensor&,
                           const at::Tensor&,
                           const at::Tensor&,
                           const std::optional<at::Tensor>&,
                           std::int64_t);
    found_operator<Signature>("nightreel::add_gated")
        .call(
            x_bnd, y_bnd.contiguous(), gate_ud.contiguous(), index_of(time, gate_ud), time.groups);
}

void norm_and_rotate(at::Tensor x_bnpd,
                     const at::Tensor& weight_pd,
                     const at::Tensor& rotations,
                     std::int64_t heads,
                     double epsilon) {
    using Signature = void(
        at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::int64_t, double);
    std::optional<at::Tensor> table;
    if (rotations.defined()) table = at::view_as_real(rotations).contiguous();
    found_operator<Signature>("nightreel::norm_and_rotate")
        .call(x_bnpd, weight_pd.contiguous(), table, heads, epsilon);
}

std::tuple<at::Tensor, at::Tensor> round_to_e4m3(const at::Tensor& x_nd) {
    using Signature = std::tuple<at::Tensor, at::Tensor>(const at::Tensor&);
    return found_operator<Signature>("nightreel::round_to_e4m3").call(x_nd.contiguous());
}

}  // namespace operators
}  // namespace nightreel

#include "pipeline/model/transformer/rope.h"

#include <ATen/ATen.h>

namespace nightreel {
namespace {

constexpr std::size_t tables_max = 16;
constexpr double theta = 10000.0;

// [positions, pairs] angles of one axis.
at::Tensor angles_of(std::int64_t positions, std::int64_t size) {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    const at::Tensor frequencies =
        at::pow(theta, at::arange(0, size, 2, options) / static_cast<double>(size)).reciprocal();
    return at::outer(at::arange(positions, options), frequencies);
}

}  // namespace

at::Tensor rotations_of(const TokenGrid& grid, std::int64_t head_size) {
    const std::int64_t plane = 2 * (head_size / 6);  // for rows, and again for columns
    const std::int64_t pairs = head_size / 2;
    const auto over_grid = [&](const at::Tensor& angles, at::IntArrayRef shape) {
        return angles.view(shape).expand({grid.frames, grid.rows, grid.columns, angles.size(1)});
    };
    const at::Tensor frames = angles_of(grid.frames, head_size - 2 * plane);
    const at::Tensor rows = angles_of(grid.rows, plane);
    const at::Tensor columns = angles_of(grid.columns, plane);
    const at::Tensor angles = at::cat({over_grid(frames, {grid.frames, 1, 1, -1}),
                                       over_grid(rows, {1, grid.rows, 1, -1}),
                                       over_grid(columns, {1, 1, grid.columns, -1})},
                                      3)
                                  .view({grid.tokens(), pairs});
    return at::complex(angles.cos().to(at::kFloat), angles.sin().to(at::kFloat));
}

at::Tensor RotationCache::get(const TokenGrid& grid, std::int64_t head_size, at::Device device) {
    const std::lock_guard lock(mutex_);
    if (const auto found = tables_.find(grid); found != tables_.end()) return found->second;
    if (tables_.size() >= tables_max) tables_.clear();
    return tables_.emplace(grid, rotations_of(grid, head_size).to(device)).first->second;
}

}  // namespace nightreel

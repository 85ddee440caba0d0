#pragma once
// Where LoRAs reach into a network: one slot for each linear layer and each small parameter, by its
// diffusers name. Layers keep their slots for good; what the slots hold is exchanged, so that the
// base is neither copied nor loaded again, and without LoRAs a layer computes the very bytes it
// computed before. A layer that is made anew from its weights gets the slot of its name again.
// Slots may be exchanged while no forward pass runs, and read by any thread meanwhile.
// Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, arXiv 2106.09685.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace nightreel {

// What one LoRA adds to x W^T, in the type of the layer; the strength is in `up` already.
struct LowRankDelta {
    at::Tensor down;  // [rank, in]
    at::Tensor up;    // [out, rank]
};

// A difference of the whole matrix. It stays a product of its own: adding it to a bf16 weight would
// round most of it away, and any kind of base can have it.
struct MatrixDelta {
    at::Tensor matrix;  // [out, in]
    double strength = 1;
};

struct LinearSlot {
    std::int64_t out = 0;
    std::int64_t in = 0;
    at::ScalarType type = at::kFloat;
    std::vector<LowRankDelta> low_rank;
    std::vector<MatrixDelta> matrices;
    at::Tensor bias;  // [out]; undefined: none

    bool is_empty() const { return low_rank.empty() && matrices.empty() && !bias.defined(); }

    // y += what the slot holds of x; both have rows in their last dimension, y as many as `out`.
    void add_to(const at::Tensor& y, const at::Tensor& x) const;
};

struct ParameterSlot {
    std::vector<std::int64_t> shape;
    at::Tensor difference;  // float32; undefined: none
};

// The slots of one network.
class LoraSlots {
  public:
    explicit LoraSlots(const at::Device& device) : device_(device) {}

    at::Device device() const { return device_; }

    // The slot of a layer "blocks.0.attn1.to_q", or of a parameter "blocks.0.norm2.weight", made
    // when it is asked for first.
    std::shared_ptr<LinearSlot> linear(const std::string& name,
                                       std::int64_t out,
                                       std::int64_t in,
                                       at::ScalarType type);
    std::shared_ptr<ParameterSlot> parameter(const std::string& name, at::IntArrayRef shape);

    // Null when the network has no such layer or parameter.
    LinearSlot* find_linear(std::string_view name) const;
    ParameterSlot* find_parameter(std::string_view name) const;

    std::vector<std::string> names() const;

    // Nothing is added any more.
    void clear();

  private:
    at::Device device_;
    // Shared with the layers, which may be copied and moved.
    std::map<std::string, std::shared_ptr<LinearSlot>, std::less<>> linear_;
    std::map<std::string, std::shared_ptr<ParameterSlot>, std::less<>> parameters_;
};

}  // namespace nightreel

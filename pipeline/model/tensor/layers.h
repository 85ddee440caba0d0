#pragma once
// The few layers that every network here is made of, and how they are read from weights. Values; a
// layer is only read after it was loaded, so any thread may use it.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/eight_bit_matrix.h"
#include "pipeline/model/tensor/lora_slots.h"
#include "pipeline/model/tensor/packed_matrix.h"
#include "pipeline/model/tensor/weights.h"

namespace nightreel {

// Shown every intermediate by name, when set: how a network is compared with another
// implementation. The tensor may be overwritten later, so keep a copy.
using Watch = std::function<void(const std::string& name, const at::Tensor& value)>;

struct Linear {
    at::Tensor weight;
    at::Tensor bias;  // undefined when there is none
    // What LoRAs add to the outputs: a slot for each layer of a joined one, in order; none for a
    // network without slots. Whoever computes the product otherwise calls add_loras as well.
    std::vector<std::shared_ptr<const LinearSlot>> loras{};
    std::shared_ptr<const EightBitMatrix> eight_bits{};  // in place of the weight
    std::shared_ptr<const PackedMatrix> packed{};        // the same

    at::Tensor operator()(const at::Tensor& x) const;
    // The same into y, of the product's type and dense; x and y are matrices that do not overlap.
    void into(const at::Tensor& x_nd, const at::Tensor& y_nd) const;
    bool has_loras() const;
    void to_eight_bits(EightBits kind);
    // To the same results. False where the processor gains nothing: then nothing has changed.
    bool pack();
    void add_loras(const at::Tensor& y, const at::Tensor& x) const;
};

// A small tensor in float32 that is multiplied with or added: a norm's weight, a table of shifts.
// Where several were stacked, each row is a slot's own.
struct Parameter {
    at::Tensor value;
    std::vector<std::shared_ptr<const ParameterSlot>> loras{};

    at::Tensor operator()() const;
};

enum class Bias { yes, no };

// Takes tensors from weights, onto the device and into the type that is computed in.
struct LayerReader {
    Weights& weights;
    at::Device device;
    at::ScalarType type;
    LoraSlots* slots = nullptr;  // none: no LoRA reaches the network

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) const;
    at::Tensor float_tensor(const std::string& name, at::IntArrayRef shape) const;
    // A float tensor that a LoRA may add to.
    Parameter parameter(const std::string& name, at::IntArrayRef shape) const;
    // Parameters of one shape as the rows of one.
    Parameter stacked(std::initializer_list<std::string> names, at::IntArrayRef shape) const;
    Linear linear(const std::string& name,
                  std::int64_t out,
                  std::int64_t in,
                  Bias bias = Bias::yes) const;
    // Several layers over the same input as one product: their outputs lie one after the other.
    Linear joined(const std::string& prefix,
                  std::initializer_list<const char*> names,
                  std::int64_t out,
                  std::int64_t in,
                  Bias bias = Bias::yes) const;
    // The slot of a layer whose tensors are taken otherwise.
    void add_slot(Linear& layer, const std::string& name, std::int64_t out, std::int64_t in) const;
};

// x / sqrt(mean(x^2) + epsilon), in float32, over the last dimension; the caller multiplies by its
// weight.
at::Tensor root_mean_square_norm(const at::Tensor& x, double epsilon);

// One reduction: an infinity or a NaN anywhere makes the sum one too.
bool is_finite(const at::Tensor& tensor);

}  // namespace nightreel

#pragma once
// The UMT5 text encoder: ids in, one row for each id out. Every layer has its own table of relative
// positions. Weights stay where they are mapped; while a prompt is encoded they are converted layer
// by layer, and each layer's pages are given back after it, so that an encoder of 11 GB takes the
// memory of one layer. Read-only after loading; any thread.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/tensor/residency.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

// l ids, d width of the model, h heads

struct Umt5Config {
    std::int64_t vocabulary = 0;
    std::int64_t width = 0;
    std::int64_t head_size = 0;
    std::int64_t heads = 0;
    std::int64_t feed_forward = 0;
    std::int64_t layers = 0;
    std::int64_t buckets = 0;
    std::int64_t distance_max = 0;
    double epsilon = 0.0;
};

// Which bucket a distance of positions (key - query) falls into: half of them for each direction,
// exact near 0, then in steps of a logarithm that is taken in float32.
at::Tensor relative_position_buckets(const at::Tensor& distances, const Umt5Config& config);

class Umt5Encoder {
  public:
    // The pulse beats after each layer.
    Umt5Encoder(const std::filesystem::path& folder, const at::Device& device, Pulse pulse = {});

    const Umt5Config& config() const { return config_; }

    // [l, d] in float32. Padding is neither given nor returned: it would not change these rows.
    at::Tensor encode(std::span<const std::int64_t> ids, const Watch& watch = {}) const;
    // Several prompts, to the same bytes as each alone: weights are read and converted once for
    // all.
    std::vector<at::Tensor> encode(std::span<const std::vector<std::int64_t>> prompts,
                                   const Watch& watch = {}) const;

    // [1, h, length, length], added to the logits of self attention.
    at::Tensor position_bias(std::size_t layer, std::int64_t length) const;

  private:
    struct Layer {  // as stored
        at::Tensor attention_norm;
        at::Tensor query;
        at::Tensor key;
        at::Tensor value;
        at::Tensor positions;
        at::Tensor out;
        at::Tensor feed_norm;
        at::Tensor feed_gate;
        at::Tensor feed_value;
        at::Tensor feed_out;
    };

    void load();
    at::Tensor computed(const at::Tensor& stored) const;  // on the device, in float32
    at::Tensor norm(const at::Tensor& x, const at::Tensor& weight) const;
    at::Tensor embedded(std::span<const std::int64_t> ids) const;
    at::Tensor linear_weight(const at::Tensor& stored, const at::Tensor& workspace) const;
    void forward(std::size_t layer,
                 const at::Tensor& workspace,
                 std::vector<at::Tensor>& prompts_1ld) const;

    std::filesystem::path folder_;
    Umt5Config config_;
    at::Device device_;
    Weights weights_;
    PageCache cache_ = PageCache::keep;
    Pulse pulse_;
    at::Tensor embedding_;
    std::vector<Layer> layers_;
    at::Tensor final_norm_;
};

}  // namespace nightreel

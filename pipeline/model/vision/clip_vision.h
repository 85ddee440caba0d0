#pragma once
// The vision tower of CLIP: pictures in, a row for each of its patches and one for the whole out,
// as they are before the last layer, which is what the Wan models read. Weights stay where they are
// mapped and are converted to float32 layer by layer while pictures are read. Read-only after
// loading; any thread.
// Sources: "Learning Transferable Visual Models From Natural Language Supervision", Radford et al.
// 2021; transformers, models/clip/modeling_clip.py.

#include <cstdint>
#include <filesystem>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/weights.h"

namespace nightreel {

// b pictures, h rows, w columns, p tokens of a picture, i width of one

struct ClipVisionConfig {
    std::int64_t width = 0;
    std::int64_t feed_forward = 0;
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t side = 0;   // of the square that it sees, in pixels
    std::int64_t patch = 0;  // of a patch
    double epsilon = 0.0;

    std::int64_t tokens() const { return (side / patch) * (side / patch) + 1; }
};

class ClipVision {
  public:
    // Loads FOLDER/config.json and the weights beside it. Error{bad_input} names the file and the
    // key or tensor that does not fit.
    ClipVision(const std::filesystem::path& folder, const at::Device& device);

    const ClipVisionConfig& config() const { return config_; }

    // [b, p, i] in float32, for pixels as tower_pixels (picture_preparation.h) gives them. The
    // pages of the weights are given back afterwards.
    at::Tensor read(const at::Tensor& pixels_b3hw) const;

  private:
    struct Affine {  // as stored
        at::Tensor weight;
        at::Tensor bias;
    };

    struct Layer {
        Affine attention_norm;
        Affine query;
        Affine key;
        Affine value;
        Affine out;
        Affine feed_norm;
        Affine feed_first;
        Affine feed_second;
    };

    void load();
    at::Tensor computed(const at::Tensor& stored) const;  // on the device, in float32
    at::Tensor linear(const at::Tensor& x, const Affine& layer) const;
    at::Tensor norm(const at::Tensor& x, const Affine& layer) const;
    void forward(const Layer& layer, at::Tensor& x_bpi) const;

    std::filesystem::path folder_;
    ClipVisionConfig config_;
    at::Device device_;
    Weights weights_;
    at::Tensor patches_;
    at::Tensor whole_;  // the token of the whole picture
    at::Tensor positions_;
    Affine norm_in_;
    std::vector<Layer> layers_;
};

}  // namespace nightreel

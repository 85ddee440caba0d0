#pragma once
// What a Wan transformer makes of pictures that a vision tower has read: tokens that cross
// attention reads beside the text. Read-only after loading; any thread. Source: diffusers,
// models/transformers/transformer_wan.py, WanImageEmbedding.

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/transformer/config.h"

namespace nightreel {

// b batch, p tokens of all pictures of a clip, i width of a picture's token, d width of the model

class WanPictureEmbedder {
  public:
    WanPictureEmbedder(const LayerReader& reader, const WanConfig& config);

    // [b, p, i] to [b, p, d]. A model that has positions takes exactly as many tokens: those of two
    // pictures, one after the other.
    at::Tensor operator()(const at::Tensor& pictures_bpi) const;

  private:
    struct Norm {
        Parameter weight;
        Parameter bias;

        at::Tensor operator()(const at::Tensor& x) const;
    };

    static Norm read_norm(const LayerReader& reader, const std::string& name, std::int64_t width);

    Parameter positions_1pi_;  // undefined: none
    Norm norm_in_;
    Linear first_;
    Linear second_;
    Norm norm_out_;
};

}  // namespace nightreel

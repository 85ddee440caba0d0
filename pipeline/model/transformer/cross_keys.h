#pragma once
// What the cross attention of one block reads of text and pictures: keys and values, made once for
// a prompt and read at every step. Apart from the block, for its weights are needed before the
// first step and not after it. Read-only after loading; any thread.

#include <string>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/transformer/config.h"

namespace nightreel {

// b batch, l rows of text, p tokens of pictures, d width, h heads, e head size

struct KeyValue {
    at::Tensor key_bhle;
    at::Tensor value_bhle;
};

struct CrossKeyValue {
    KeyValue text;
    KeyValue pictures;  // undefined tensors: none were given
};

class CrossKeys {
  public:
    // `block`: "blocks.3".
    CrossKeys(const LayerReader& reader, const std::string& block, const WanConfig& config);

    // Whether a tensor of the weights is one of those that are taken here.
    static bool takes(std::string_view name);

    // Embedded text and pictures [b, tokens, d]; the latter is undefined when there are none.
    CrossKeyValue read(const at::Tensor& text_bld, const at::Tensor& pictures_bpd) const;

  private:
    struct Layers {
        Linear key;
        Linear value;
        Parameter norm_key;
    };

    KeyValue read(const at::Tensor& tokens_bld, const Layers& layers) const;

    std::int64_t heads_;
    double epsilon_;
    Layers text_;
    Layers pictures_;  // undefined: reads none
};

}  // namespace nightreel

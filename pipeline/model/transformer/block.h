#pragma once
// One block of a Wan transformer: self attention over the tokens of a clip, cross attention to the
// text and to pictures, feed-forward. Read-only after loading; any thread.

#include <array>
#include <string>

#include <ATen/core/Tensor.h>

#include "pipeline/model/tensor/layers.h"
#include "pipeline/model/transformer/config.h"
#include "pipeline/model/transformer/cross_keys.h"
#include "pipeline/model/transformer/time.h"

namespace nightreel {

// b batch, n tokens, d width, h heads, e head size, u different timesteps

// What is the same for all blocks of one forward pass.
struct BlockInputs {
    const TimeModulation& time;
    const at::Tensor& rotations;  // complex [n, e / 2]
    const at::Tensor&
        text_logit_bias;  // added to the logits of the text's keys; undefined for none
    // Tokens of a causal block: a block sees itself and those before it. 0: every token sees all.
    std::int64_t causal_tokens = 0;
    const Watch& watch;
};

class WanBlock {
  public:
    // `watched_name` stands in front of what the block shows: "block3.".
    WanBlock(const LayerReader& reader,
             const std::string& name,
             std::string watched_name,
             const WanConfig& config);

    // The products of tokens, where eight bits can hold them.
    void to_eight_bits(EightBits kind);
    // All others, as the processor reads them; whether any was. Views of mapped weights become
    // copies.
    bool pack();
    // Of all products that are in eight bits.
    EightBitMatrix::Error eight_bit_error() const;

    void forward(at::Tensor& x_bnd, const CrossKeyValue& read, const BlockInputs& inputs) const;

  private:
    at::Tensor self_attention(at::Tensor x_bnd, const BlockInputs& inputs) const;
    at::Tensor cross_attention(const at::Tensor& x_bnd,
                               const CrossKeyValue& read,
                               const BlockInputs& inputs) const;
    void feed_forward(at::Tensor& x_bnd) const;  // in place
    void show(const Watch& watch, const char* name, const at::Tensor& value) const;
    std::array<Linear*, 6> products();

    std::string watched_name_;
    std::int64_t heads_;
    double epsilon_;
    std::int64_t feed_forward_;
    at::ScalarType type_;  // of what products take
    Parameter table_16d_;  // shift, 1 + scale, gate, twice: 1 is added once, at loading
    Linear query_key_value_;
    Parameter norm_query_key_2d_;
    Linear out_;
    Parameter norm2_weight_;
    Parameter norm2_bias_;
    Linear text_query_;
    Parameter norm_text_query_;
    Linear text_out_;
    Linear expand_;
    Linear contract_;
};

}  // namespace nightreel

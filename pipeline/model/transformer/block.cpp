#include "pipeline/model/transformer/block.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/tensor/attention.h"
#include "pipeline/model/tensor/tokens/passes.h"
#include "shotspec/base/processor.h"

namespace nightreel {
namespace {

// The feed-forward is several times as wide as the tokens: of all at once it would be the largest
// thing in memory. So many are enough for products to run at full speed; a GPU needs more of them
// to have work for all of its units. What takes less than 32 MiB the C library hands out again,
// where more would be fresh pages each time: without AVX-512 parts are equal and stay below.
std::int64_t tokens_fed_at_once(const at::Tensor& x_nd, std::int64_t width) {
    if (x_nd.is_cuda()) return 16384;
    if (processor_features().avx512) return 1024;
    constexpr std::int64_t bytes_handed_out_again = 31 << 20;
    const std::int64_t most = std::max<std::int64_t>(
        bytes_handed_out_again / (width * static_cast<std::int64_t>(x_nd.element_size())), 256);
    const std::int64_t parts = (x_nd.size(0) + most - 1) / most;
    return (x_nd.size(0) + parts - 1) / parts;
}

at::Tensor split_heads(const at::Tensor& x_bnd, std::int64_t heads) {
    return x_bnd.unflatten(2, {heads, -1}).transpose(1, 2);
}

at::Tensor join_heads(const at::Tensor& x_bhne) {
    return x_bhne.transpose(1, 2).flatten(2);
}

// Block by block, each of them with the keys up to its own end, so that no mask of tokens by tokens
// is ever made. The last block may be shorter.
at::Tensor causal_attention(const at::Tensor& query_bhne,
                            const at::Tensor& key_bhne,
                            const at::Tensor& value_bhne,
                            std::int64_t block) {
    const std::int64_t tokens = query_bhne.size(2);
    if (block == 0 || block >= tokens) return attention(query_bhne, key_bhne, value_bhne);
    std::vector<at::Tensor> answers;
    for (std::int64_t first = 0; first < tokens; first += block) {
        const std::int64_t end = std::min(first + block, tokens);
        answers.push_back(attention(query_bhne.narrow(2, first, end - first),
                                    key_bhne.narrow(2, 0, end),
                                    value_bhne.narrow(2, 0, end)));
    }
    return at::cat(answers, 2);
}

}  // namespace

WanBlock::WanBlock(const LayerReader& reader,
                   const std::string& name,
                   std::string watched_name,
                   const WanConfig& config)
    : watched_name_(std::move(watched_name)),
      heads_(config.heads),
      epsilon_(config.epsilon),
      feed_forward_(config.feed_forward),
      type_(reader.type) {
    const std::int64_t d = config.width();
    table_16d_ = reader.parameter(name + ".scale_shift_table", {1, 6, d});
    table_16d_.value = table_16d_.value.clone();
    table_16d_.value.select(1, 1).add_(1.0);
    table_16d_.value.select(1, 4).add_(1.0);

    const std::string self = name + ".attn1.";
    query_key_value_ = reader.joined(self, {"to_q", "to_k", "to_v"}, d, d);
    norm_query_key_2d_ = reader.stacked({self + "norm_q.weight", self + "norm_k.weight"}, {d});
    out_ = reader.linear(self + "to_out.0", d, d);

    norm2_weight_ = reader.parameter(name + ".norm2.weight", {d});
    norm2_bias_ = reader.parameter(name + ".norm2.bias", {d});
    const std::string cross = name + ".attn2.";
    text_query_ = reader.linear(cross + "to_q", d, d);
    norm_text_query_ = reader.parameter(cross + "norm_q.weight", {d});
    text_out_ = reader.linear(cross + "to_out.0", d, d);
    expand_ = reader.linear(name + ".ffn.net.0.proj", config.feed_forward, d);
    contract_ = reader.linear(name + ".ffn.net.2", d, config.feed_forward);
}

std::array<Linear*, 6> WanBlock::products() {
    return {&query_key_value_, &out_, &text_query_, &text_out_, &expand_, &contract_};
}

void WanBlock::to_eight_bits(EightBits kind) {
    for (Linear* layer : products()) {
        if (EightBitMatrix::can_hold(layer->weight)) layer->to_eight_bits(kind);
    }
}

bool WanBlock::pack() {
    bool has_packed = false;
    for (Linear* layer : products()) has_packed = layer->pack() || has_packed;
    return has_packed;
}

EightBitMatrix::Error WanBlock::eight_bit_error() const {
    EightBitMatrix::Error sum;
    for (const Linear* layer :
         {&query_key_value_, &out_, &text_query_, &text_out_, &expand_, &contract_}) {
        if (!layer->eight_bits) continue;
        sum.squares += layer->eight_bits->error().squares;
        sum.lost_squares += layer->eight_bits->error().lost_squares;
    }
    return sum;
}

void WanBlock::show(const Watch& watch, const char* name, const at::Tensor& value) const {
    if (watch) watch(watched_name_ + name, value);
}

void WanBlock::forward(at::Tensor& x_bnd,
                       const CrossKeyValue& read,
                       const BlockInputs& inputs) const {
    const TimeModulation& time = inputs.time;
    const std::vector<at::Tensor> rows = (table_16d_() + time.projected_u6d).unbind(1);
    const auto normed = [&](std::size_t shift) {
        return modulated_norm(x_bnd, time, rows[shift], rows[shift + 1], epsilon_, type_);
    };
    if (inputs.watch) {
        const at::Tensor exact = x_bnd.to(at::kFloat);
        show(inputs.watch, "norm1", at::layer_norm(exact, {x_bnd.size(2)}, {}, {}, epsilon_));
    }
    const at::Tensor attended = self_attention(normed(0), inputs);
    show(inputs.watch, "attn1.out", attended);
    add_gated(x_bnd, attended, time, rows[2]);

    const at::Tensor answer = cross_attention(x_bnd, read, inputs);
    show(inputs.watch, "attn2.out", answer);
    x_bnd.add_(answer);

    at::Tensor fed = normed(3);
    feed_forward(fed);
    show(inputs.watch, "ffn.out", fed);
    add_gated(x_bnd, fed, time, rows[5]);
    show(inputs.watch, "out", x_bnd);
}

at::Tensor WanBlock::self_attention(at::Tensor x_bnd, const BlockInputs& inputs) const {
    at::Tensor joined = query_key_value_(x_bnd).unflatten(2, {3, -1});  // [b, n, 3, d]
    x_bnd.reset();  // what is no longer needed makes room for what comes
    // Queries and keys go the same way, over the whole width before it is split into heads:
    // together.
    const at::Tensor query_key = joined.narrow(2, 0, 2);
    const at::Tensor weight = norm_query_key_2d_();
    if (inputs.watch) {
        const at::Tensor exact = root_mean_square_norm(query_key, epsilon_).mul_(weight);
        show(inputs.watch, "attn1.norm_q", exact.select(2, 0));
        show(inputs.watch, "attn1.norm_k", exact.select(2, 1));
        show(inputs.watch, "attn1.v", joined.select(2, 2));
    }
    norm_and_rotate(query_key, weight, inputs.rotations, heads_, epsilon_);
    const auto part = [&](std::int64_t index) {
        return split_heads(joined.select(2, index), heads_);
    };
    at::Tensor answer =
        join_heads(causal_attention(part(0), part(1), part(2), inputs.causal_tokens));
    joined.reset();
    return out_(answer);
}

at::Tensor WanBlock::cross_attention(const at::Tensor& x_bnd,
                                     const CrossKeyValue& read,
                                     const BlockInputs& inputs) const {
    const auto row_of = [](const Parameter& parameter) { return parameter().unsqueeze(0); };
    const at::Tensor normed = modulated_norm(
        x_bnd, inputs.time, row_of(norm2_bias_), row_of(norm2_weight_), epsilon_, type_);
    show(inputs.watch, "norm2", normed);
    const at::Tensor query = text_query_(normed);
    norm_and_rotate(query.unsqueeze(2), row_of(norm_text_query_), {}, heads_, epsilon_);
    const at::Tensor query_bhne = split_heads(query, heads_);
    at::Tensor answer = join_heads(
        attention(query_bhne, read.text.key_bhle, read.text.value_bhle, inputs.text_logit_bias));
    if (read.pictures.key_bhle.defined()) {
        answer = answer + join_heads(attention(
                              query_bhne, read.pictures.key_bhle, read.pictures.value_bhle));
    }
    return text_out_(answer);
}

void WanBlock::feed_forward(at::Tensor& x_bnd) const {
    const at::Tensor x_nd = x_bnd.flatten(0, 1);
    for (const at::Tensor& part_nd : x_nd.split(tokens_fed_at_once(x_nd, feed_forward_))) {
        at::Tensor expanded = expand_(part_nd);
        activate(expanded);
        contract_.into(expanded, part_nd);
    }
}

}  // namespace nightreel

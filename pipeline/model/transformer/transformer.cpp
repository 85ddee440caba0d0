#include "pipeline/model/transformer/transformer.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/model/tensor/precision_support.h"
#include "pipeline/model/tensor/tokens/passes.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr const char* weights_stem = "diffusion_pytorch_model";

// Up to the last row that is not all zeros, of any text of the batch.
std::int64_t used_rows(const at::Tensor& text_blt) {
    const at::Tensor used = text_blt.ne(0).any(2).any(0).nonzero();
    return used.numel() == 0 ? 0 : used[-1].item<std::int64_t>() + 1;
}

}  // namespace

WanTransformer::WanTransformer(const std::filesystem::path& folder,
                               const at::Device& device,
                               std::optional<PrecisionPolicy> policy,
                               Residency residency,
                               const Pulse& pulse)
    : folder_(folder),
      config_(read_wan_config(folder)),
      device_(device),
      slots_(std::make_unique<LoraSlots>(device)) {
    const c10::NoGradGuard no_grad;
    Weights weights(folder, weights_stem);
    check_dimensions(config_, weights);
    policy_ = policy ? *policy : choose_precision(device, processor_facts(), weights.parameters());
    weights.ignore("norm_added_q");
    const PrecisionFacts& precision = facts_of(policy_);
    require_support(policy_, device);
    const BlockStorage storage{residency, precision.eight_bits, pulse};
    const LayerReader reader{weights, device, precision.products, slots_.get()};
    const LayerReader stream{weights, device, precision.stream, slots_.get()};
    const std::int64_t d = config_.width();

    patch_embedding_ = PatchEmbedding(reader, "patch_embedding", config_, config_.channels_in);
    text_first_ = reader.linear("condition_embedder.text_embedder.linear_1", d, config_.text);
    text_second_ = reader.linear("condition_embedder.text_embedder.linear_2", d, d);
    time_.emplace(stream, config_);
    if (config_.picture > 0) pictures_.emplace(reader, config_);
    blocks_ = WanBlocks(reader, {"blocks", "block"}, config_.layers, config_, storage);
    if (config_.kind == WanKind::vace) control_.emplace(reader, config_, storage);
    head_table_12d_ = reader.parameter("scale_shift_table", {1, 2, d});
    head_table_12d_.value = head_table_12d_.value.clone();
    head_table_12d_.value.select(1, 1).add_(1.0);
    head_out_ = stream.linear("proj_out", config_.patch_items(config_.channels_out), d);
    weights.refuse_untaken();
    lora_places_ = nightreel::lora_places(weights.stored());
}

TextContext WanTransformer::prepare_text(const at::Tensor& text_blt,
                                         const at::Tensor& pictures_bpi,
                                         const Watch& watch) const {
    const c10::NoGradGuard no_grad;
    NIGHTREEL_CHECK(text_blt.dim() == 3 && text_blt.size(2) == config_.text,
                    "text is [batch, rows, text_dim]");
    NIGHTREEL_CHECK(!pictures_bpi.defined() || pictures_.has_value(),
                    "pictures are given to a model that reads them");
    at::Tensor text = text_blt;
    TextContext context;
    // Zero rows give equal keys and values. On a CPU one of them stands for all at the end: n equal
    // logits weigh as much as one with log(n) added. GPU kernels without a bias are faster than
    // fewer keys.
    const std::int64_t rows = device_.is_cpu() ? used_rows(text) : text.size(1);
    const std::int64_t zeros = text.size(1) - rows;
    if (zeros > 1) {
        text = text.narrow(1, 0, rows + 1);
        context.logit_bias = at::zeros({1, 1, 1, rows + 1}, at::kFloat);
        context.logit_bias.select(3, rows).fill_(std::log(static_cast<double>(zeros)));
    }
    const at::Tensor pictures = pictures_bpi.defined() ? (*pictures_)(pictures_bpi) : pictures_bpi;
    text = text_first_(text.to(device_, text_first_.weight.scalar_type()));
    text = text_second_(at::gelu(text, "tanh"));
    if (watch) watch("text.embedded", text);
    context.blocks = blocks_.cross_key_values(text, pictures);
    if (control_) context.control = control_->cross_key_values(text);
    return context;
}

at::Tensor WanTransformer::forward(const at::Tensor& latents_bcfhw,
                                   const at::Tensor& timesteps,
                                   const TextContext& text,
                                   const WanConditions& conditions,
                                   const Watch& watch,
                                   StepCache* cache) const {
    const c10::NoGradGuard no_grad;
    const at::Tensor given = with_channels(latents_bcfhw, conditions);
    const TokenGrid grid = grid_of(given);
    NIGHTREEL_CHECK(timesteps.size(0) == given.size(0), "each clip of a batch has its timesteps");
    check_conditions(given, text, conditions);
    at::Tensor x = patch_embedding_(given).to(facts_of(policy_).stream);
    if (watch) watch("patch_embedding", x);
    const TimeModulation time =
        (*time_)(timesteps, grid.frames, grid.tokens_per_frame(), conditions.rate, watch);
    const at::Tensor rotations = rotations_.get(grid, config_.head_size, device_);
    const std::int64_t block = conditions.frames_per_block.value_or(config_.frames_per_block);
    const BlockInputs inputs{
        time, rotations, text.logit_bias, block > 1 ? block * grid.tokens_per_frame() : 0, watch};
    const auto run = [&] { run_blocks(x, text, conditions, inputs); };
    cache != nullptr ? cache->pass(time, x, run) : run();
    at::Tensor velocity = head(x, time, grid, watch);
    if (device_.is_cpu()) refuse_unless_finite(velocity.sum(at::kDouble));
    return velocity;
}

at::Tensor WanTransformer::with_channels(const at::Tensor& latents_bcfhw,
                                         const WanConditions& conditions) const {
    if (!conditions.channels_bcfhw.defined()) return latents_bcfhw;
    return at::cat({latents_bcfhw, conditions.channels_bcfhw.to(latents_bcfhw.options())}, 1);
}

void WanTransformer::check_conditions(const at::Tensor& latents_bcfhw,
                                      const TextContext& text,
                                      const WanConditions& conditions) const {
    NIGHTREEL_CHECK(text.blocks.size() == blocks_.size() &&
                        text.blocks[0].text.key_bhle.size(0) == latents_bcfhw.size(0),
                    "each clip of a batch has its text");
    NIGHTREEL_CHECK(conditions.control_bcfhw.defined() == control_.has_value(),
                    "control channels are given to a model that has a control branch");
    if (!control_) return;
    NIGHTREEL_CHECK(conditions.control_bcfhw.size(1) == config_.control_channels &&
                        conditions.control_bcfhw.sizes().slice(2) == latents_bcfhw.sizes().slice(2),
                    "control channels lie on the grid of the latents");
    NIGHTREEL_CHECK(
        conditions.control_scales.empty() || conditions.control_scales.size() == control_->hints(),
        "a scale for each hint");
}

void WanTransformer::run_blocks(at::Tensor& x_bnd,
                                const TextContext& text,
                                const WanConditions& conditions,
                                const BlockInputs& inputs) const {
    at::Tensor control;
    if (control_) control = control_->begin(conditions.control_bcfhw, x_bnd);
    std::size_t hint = 0;
    blocks_.each(x_bnd.size(0) * x_bnd.size(1), [&](std::size_t i, const WanBlock& block) {
        block.forward(x_bnd, text.blocks[i], inputs);
        if (!control_ || hint == control_->hints() ||
            config_.control_layers[hint] != static_cast<std::int64_t>(i)) {
            return;
        }
        const double scale =
            conditions.control_scales.empty() ? 1.0 : conditions.control_scales[hint];
        x_bnd.add_(control_->hint(hint, control, text.control[hint], inputs), scale);
        ++hint;
    });
}

double WanTransformer::eight_bit_error() const {
    const EightBitMatrix::Error error = blocks_.eight_bit_error();
    return error.squares > 0 ? std::sqrt(error.lost_squares / error.squares) : 0;
}

TokenGrid WanTransformer::grid_of(const at::Tensor& latents_bcfhw) const {
    NIGHTREEL_CHECK(latents_bcfhw.dim() == 5,
                    "latents are [batch, channels, frames, rows, columns]");
    if (latents_bcfhw.size(1) != config_.channels_in) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: in_channels: {}, but the latents have {}",
                                config_.file.string(),
                                config_.channels_in,
                                latents_bcfhw.size(1)));
    }
    const at::IntArrayRef size = latents_bcfhw.sizes().slice(2);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::int64_t patch = config_.patch[axis];
        if (size[axis] % patch != 0 || size[axis] == 0 ||
            size[axis] / patch > config_.positions_max) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format(
                    "{}: latents of [{}] (frames, rows, columns) do not fit patch_size [{}] "
                    "and rope_max_seq_len {}",
                    config_.file.string(),
                    fmt::join(size, ", "),
                    fmt::join(config_.patch, ", "),
                    config_.positions_max));
        }
    }
    return {size[0] / config_.patch[0], size[1] / config_.patch[1], size[2] / config_.patch[2]};
}

at::Tensor WanTransformer::head(const at::Tensor& x_bnd,
                                const TimeModulation& time,
                                const TokenGrid& grid,
                                const Watch& watch) const {
    const std::vector<at::Tensor> rows =
        (head_table_12d_() + time.embedded_ud.unsqueeze(1)).unbind(1);
    if (watch) {
        const at::Tensor exact = x_bnd.to(at::kFloat);
        watch("head.norm", at::layer_norm(exact, {x_bnd.size(2)}, {}, {}, config_.epsilon));
    }
    const at::Tensor tokens =
        head_out_(
            modulated_norm(
                x_bnd, time, rows[0], rows[1], config_.epsilon, head_out_.weight.scalar_type()))
            .to(at::kFloat);
    if (watch) watch("head.tokens", tokens);
    const auto& patch = config_.patch;
    return tokens
        .view({x_bnd.size(0),
               grid.frames,
               grid.rows,
               grid.columns,
               patch[0],
               patch[1],
               patch[2],
               config_.channels_out})
        .permute({0, 7, 1, 4, 2, 5, 3, 6})
        .reshape({x_bnd.size(0),
                  config_.channels_out,
                  grid.frames * patch[0],
                  grid.rows * patch[1],
                  grid.columns * patch[2]});
}

void WanTransformer::refuse_unless_finite(const at::Tensor& sum) const {
    if (is_finite(sum)) return;
    // Weights are not searched when they are loaded: that would read all of them to find what never
    // happens.
    const Weights weights(folder_, weights_stem);
    const std::string blamed =
        weights.first_not_finite().value_or("the latents, the text or the LoRAs given");
    weights.refuse(
        fmt::format("the transformer gave NaN or infinity; check {} or the step that gave a value "
                    "that is not finite",
                    blamed));
}

}  // namespace nightreel

#include "pipeline/model/vae/vae.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "pipeline/model/tensor/residency.h"
#include "pipeline/model/vae/rows/conv.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr const char* weights_stem = "diffusion_pytorch_model";

// How many frames the encoder takes at once after the first one.
constexpr std::int64_t first_piece = 1;

at::Tensor channels_innermost(const at::Tensor& x_bcthw, at::Device device, at::ScalarType type) {
    return x_bcthw.to(device, type).contiguous(at::MemoryFormat::ChannelsLast3d);
}

constexpr std::int64_t rows_dimensions = 4;

std::string slot_name(std::size_t tile, std::size_t slot) {
    return fmt::format("tile.{:04}.{:04}", tile, slot);
}

// Of rows only the frames that were seen: the first of two may hold nothing yet.
at::Tensor saved(const KeptFrames& kept) {
    if (kept.count == 0) return at::empty({0}, at::kFloat);
    if (kept.frames.dim() != rows_dimensions) return kept.frames.contiguous();
    return kept.frames.narrow(0, kept.frames.size(0) - kept.count, kept.count).contiguous();
}

KeptFrames restored(const at::Tensor& tensor) {
    if (tensor.numel() == 0) return {};
    if (tensor.dim() != rows_dimensions) {
        return {tensor.contiguous(at::MemoryFormat::ChannelsLast3d), tensor.size(2)};
    }
    KeptFrames kept{
        at::empty({2, tensor.size(1), tensor.size(2), tensor.size(3)}, tensor.options()),
        std::min<std::int64_t>(tensor.size(0), 2)};
    kept.frames.narrow(0, 2 - kept.count, kept.count).copy_(tensor.narrow(0, 0, kept.count));
    return kept;
}

}  // namespace

NamedTensors tensors_of(const DecodeState& state) {
    NamedTensors tensors;
    tensors["latent_frames"] = at::full({1}, state.latent_frames, at::kLong);
    for (std::size_t tile = 0; tile < state.tiles.size(); ++tile) {
        const FrameHistory& history = state.tiles[tile];
        for (std::size_t slot = 0; slot < history.size(); ++slot) {
            // A slot that nothing was kept in yet is an empty tensor.
            tensors[slot_name(tile, slot)] = saved(history[slot]);
        }
    }
    return tensors;
}

DecodeState decode_state_of(const NamedTensors& tensors) {
    DecodeState state;
    const auto count = tensors.find("latent_frames");
    if (count == tensors.end() || count->second.numel() != 1) {
        throw Error(ErrorKind::bad_input, "saved decoder: latent_frames is missing");
    }
    state.latent_frames = count->second.item<std::int64_t>();
    for (std::size_t tile = 0; tensors.contains(slot_name(tile, 0)); ++tile) {
        FrameHistory history;
        for (std::size_t slot = 0; tensors.contains(slot_name(tile, slot)); ++slot) {
            history.push_back(restored(tensors.at(slot_name(tile, slot))));
        }
        state.tiles.push_back(std::move(history));
    }
    return state;
}

at::ScalarType decoder_type(const at::Device& device, PrecisionPolicy policy) {
    const at::ScalarType asked = facts_of(policy).decoder;
    const bool has_only_float = device.is_cpu() && row_products(asked) == RowProducts::none &&
                                row_products(at::kFloat) != RowProducts::none;
    return has_only_float ? at::kFloat : asked;
}

WanVae::WanVae(const std::filesystem::path& folder,
               const at::Device& device,
               PrecisionPolicy policy,
               Pulse pulse)
    : config_(read_vae_config(folder)),
      device_(device),
      policy_(policy),
      pulse_(std::move(pulse)),
      weights_(folder, weights_stem) {
    const c10::NoGradGuard no_grad;
    const std::int64_t z = config_.latent_channels;
    const LayerReader exact{weights_, device_, at::kFloat};
    to_moments_ = PointConv(exact, "quant_conv", 2 * z, 2 * z, 3);
    from_latents_ = PointConv(exact, "post_quant_conv", z, z, 3);
    // On the device without memory: names and shapes are checked, and no byte is read.
    const LayerReader shapes{weights_, at::Device(at::kMeta), at::kFloat};
    const VaeEncoder checked_encoder(shapes, config_);
    const VaeDecoder checked_decoder(shapes, shapes, config_);
    weights_.refuse_untaken();
}

WanVae::Decoder WanVae::read_decoder(Weights& weights) const {
    const LayerReader exact{weights, device_, at::kFloat};
    const LayerReader reader{weights, device_, decoder_type(device_, policy_)};
    Decoder decoder;
    if (device_.is_cpu() && row_products(reader.type) != RowProducts::none) {
        decoder.rows = make_row_decoder(reader, exact, config_);
    } else {
        decoder.plain.emplace(reader, exact, config_);
    }
    return decoder;
}

const VaeEncoder& WanVae::encoder() const {
    std::call_once(halves_->encoder_once, [&] {
        const c10::NoGradGuard no_grad;
        Weights weights = weights_;
        halves_->encoder.emplace(LayerReader{weights, device_, at::kFloat}, config_);
        release_pages(weights.stored(), "encoder.", PageCache::keep);
    });
    return *halves_->encoder;
}

const WanVae::Decoder& WanVae::decoder() const {
    std::call_once(halves_->decoder_once, [&] {
        const c10::NoGradGuard no_grad;
        Weights weights = weights_;
        halves_->decoder = read_decoder(weights);
        release_pages(weights.stored(), "decoder.", PageCache::keep);
    });
    return halves_->decoder;
}

at::Tensor WanVae::moments(const at::Tensor& video_bcthw,
                           const std::optional<Tiling>& tiling,
                           const Watch& watch) const {
    const c10::NoGradGuard no_grad;
    const std::int64_t unit = config_.pixels_per_latent();
    const std::int64_t height = video_bcthw.size(3);
    const std::int64_t width = video_bcthw.size(4);
    NIGHTREEL_CHECK(height % unit == 0 && width % unit == 0, "pictures fill whole latent cells");
    NIGHTREEL_CHECK(video_bcthw.size(2) % config_.frames_per_latent() == 1,
                    "a clip has 4 k + 1 frames");
    const at::Tensor cells =
        channels_innermost(patches_of(video_bcthw, config_.patch), device_, at::kFloat);
    if (!tiling || !needs_tiles(*tiling, height, width)) return encode_tile(cells, watch);
    // Counted in patches although whether to tile is decided in pixels, as the reference does.
    const std::int64_t rows = height / config_.patch;
    const std::int64_t columns = width / config_.patch;
    std::vector<std::vector<at::Tensor>> tiles;
    for (std::int64_t row = 0; row < tile_rows(*tiling, rows); ++row) {
        tiles.emplace_back();
        for (std::int64_t column = 0; column < tile_columns(*tiling, columns); ++column) {
            tiles.back().push_back(encode_tile(tile_of(cells, *tiling, row, column), watch));
        }
    }
    return joined_tiles(
        tiles, scaled_down(*tiling, config_.cells_per_latent()), height / unit, width / unit);
}

at::Tensor WanVae::encode_tile(const at::Tensor& cells_bcthw, const Watch& watch) const {
    const VaeEncoder& encoder = this->encoder();
    FrameHistory history(encoder.slots());
    std::vector<at::Tensor> pieces;
    std::int64_t count = first_piece;
    for (std::int64_t frame = 0; frame < cells_bcthw.size(2); frame += count) {
        count = frame == 0 ? first_piece : config_.frames_per_latent();
        // Piece by piece to the end: a product over more frames may round differently.
        pieces.push_back(
            to_moments_(encoder.next(cells_bcthw.narrow(2, frame, count), history, watch)));
        beat(pulse_);
    }
    return at::cat(pieces, 2);
}

at::Tensor WanVae::encode(const at::Tensor& video_bcthw) const {
    return normalised(moments(video_bcthw).narrow(1, 0, config_.latent_channels));
}

at::Tensor WanVae::per_channel(const std::vector<double>& values) const {
    return at::tensor(values, at::kFloat).to(device_).view({1, -1, 1, 1, 1});
}

// By way of 1 / std in float32, as the reference computes it.
at::Tensor WanVae::normalised(const at::Tensor& latents_bzthw) const {
    const at::Tensor inverse = at::reciprocal(per_channel(config_.latents_std));
    return (latents_bzthw.to(device_) - per_channel(config_.latents_mean)) * inverse;
}

at::Tensor WanVae::denormalised(const at::Tensor& latents_bzthw) const {
    const at::Tensor inverse = at::reciprocal(per_channel(config_.latents_std));
    return latents_bzthw.to(device_) / inverse + per_channel(config_.latents_mean);
}

at::Tensor WanVae::decode_next(const at::Tensor& latent_bzthw,
                               DecodeState& state,
                               const std::optional<Tiling>& tiling,
                               const Watch& watch) const {
    NIGHTREEL_CHECK(latent_bzthw.size(2) == 1, "one latent frame at a time");
    return decode_piece(latent_bzthw, state, {tiling, watch, true});
}

at::Tensor WanVae::decode(const at::Tensor& latents_bzthw,
                          const std::optional<Tiling>& tiling,
                          const Watch& watch) const {
    DecodeState state;
    std::vector<at::Tensor> frames;
    for (std::int64_t i = 0; i < latents_bzthw.size(2); ++i) {
        const bool is_followed = i + 1 < latents_bzthw.size(2);
        frames.push_back(
            decode_piece(latents_bzthw.narrow(2, i, 1), state, {tiling, watch, is_followed}));
    }
    return at::cat(frames, 2);
}

at::Tensor WanVae::decode_piece(const at::Tensor& latent_bzthw,
                                DecodeState& state,
                                const DecodeCall& call) const {
    const c10::NoGradGuard no_grad;
    const std::int64_t unit = config_.pixels_per_latent();
    const std::int64_t height = latent_bzthw.size(3);
    const std::int64_t width = latent_bzthw.size(4);
    const Tiling whole{height * unit, width * unit, height * unit, width * unit};
    const Tiling pixels =
        call.tiling && needs_tiles(*call.tiling, whole.height, whole.width) ? *call.tiling : whole;
    const Tiling cells = scaled_down(pixels, unit);
    const std::int64_t columns = tile_columns(cells, width);
    const auto tiles = static_cast<std::size_t>(tile_rows(cells, height) * columns);
    const auto batch = static_cast<std::size_t>(latent_bzthw.size(0));
    if (state.latent_frames == 0) {
        state.tiles.assign(tiles * batch, FrameHistory(decoder().slots()));
    }
    NIGHTREEL_CHECK(state.tiles.size() == tiles * batch,
                    "a clip is decoded in the same tiles throughout");

    const at::Tensor latent = from_latents_(latent_bzthw.to(device_, at::kFloat));
    std::vector<std::vector<at::Tensor>> decoded;
    for (std::size_t i = 0; i < tiles; ++i) {
        const auto index = static_cast<std::int64_t>(i);
        if (index % columns == 0) decoded.emplace_back();
        const at::Tensor tile = tile_of(latent, cells, index / columns, index % columns);
        std::vector<at::Tensor> clips;
        for (std::size_t clip = 0; clip < batch; ++clip) {
            clips.push_back(decode_tile(tile.narrow(0, static_cast<std::int64_t>(clip), 1),
                                        state.tiles[i * batch + clip],
                                        state.latent_frames == 0,
                                        call));
            beat(pulse_);
        }
        decoded.back().push_back(batch == 1 ? clips[0] : at::cat(clips));
    }
    ++state.latent_frames;
    const std::int64_t patch = config_.patch;
    const at::Tensor patches =
        tiles == 1
            ? decoded[0][0]
            : joined_tiles(
                  decoded, scaled_down(pixels, patch), whole.height / patch, whole.width / patch);
    return pictures_of(patches, patch).clamp_(-1, 1);
}

at::Tensor WanVae::decode_tile(const at::Tensor& latent_bzthw,
                               FrameHistory& history,
                               bool is_first,
                               const DecodeCall& call) const {
    const Decoder& decoder = this->decoder();
    if (decoder.rows) {
        return decoder.rows->next(latent_bzthw, history, {is_first, call.is_followed}, call.watch);
    }
    const at::Tensor latent = channels_innermost(latent_bzthw, device_, facts_of(policy_).decoder);
    return decoder.plain->next(latent, history, is_first, call.watch);
}

}  // namespace nightreel

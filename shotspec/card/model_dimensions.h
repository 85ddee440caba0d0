#pragma once
// The few dimensions of a model that decide how much memory its networks take, so that planning
// needs none of its weights. Written into a model's card when it is imported, read from the files
// by model_dimensions (pipeline/checkpoint/layout/model_dimensions.h). Plain values, any thread.

#include <cstdint>

#include "shotspec/describe/fields.h"

namespace nightreel {

// A smaller transformer is quick in float32 too, and there its results stay close to every other
// machine's: where nobody asks for a precision it gets that. bf16 takes 0.6 of the time on a CPU
// with avx512_bf16 and differs by 1 % (20 steps of 7 million parameters).
inline constexpr std::int64_t parameters_for_bfloat16 = 100'000'000;

struct TransformerDimensions {
    std::int64_t parameters = 0;        // 0: not known
    std::int64_t block_parameters = 0;  // of one block
    std::int32_t blocks = 0;            // of all branches
    std::int32_t branches = 1;          // 2 with a control branch, which has blocks of its own
    std::int32_t width = 0;
    std::int32_t feed_forward = 0;

    friend bool operator==(const TransformerDimensions&, const TransformerDimensions&) = default;
};

template <class Visitor>
void describe(TransformerDimensions& value, Visitor& field) {
    field("parameters",
          value.parameters,
          {.meaning = "Parameters of one transformer.", .minimum = 0});
    field("block_parameters",
          value.block_parameters,
          {.meaning = "Parameters of one transformer block.", .minimum = 0});
    field(
        "blocks", value.blocks, {.meaning = "Number of blocks, over all branches.", .minimum = 0});
    field("branches",
          value.branches,
          {.meaning = "Number of branches: 2 with a control branch, else 1.",
           .minimum = 1,
           .maximum = 2});
    field("width", value.width, {.meaning = "Embedding width of a token.", .minimum = 0});
    field("feed_forward",
          value.feed_forward,
          {.meaning = "Largest hidden width of the feed-forward layers.", .minimum = 0});
}

struct TextEncoderDimensions {
    std::int64_t layer_bytes = 0;  // of one layer, as it is stored
    std::int32_t width = 0;
    std::int32_t feed_forward = 0;
    std::int32_t heads = 0;

    friend bool operator==(const TextEncoderDimensions&, const TextEncoderDimensions&) = default;
};

template <class Visitor>
void describe(TextEncoderDimensions& value, Visitor& field) {
    field("layer_bytes",
          value.layer_bytes,
          {.meaning = "Size of one layer on disk, in bytes.", .minimum = 0});
    field("width", value.width, {.meaning = "Embedding width of a token.", .minimum = 0});
    field("feed_forward",
          value.feed_forward,
          {.meaning = "Largest hidden width of the feed-forward layers.", .minimum = 0});
    field("heads", value.heads, {.meaning = "Number of attention heads.", .minimum = 0});
}

// Numbers "for a cell" are counted for one latent cell and the pixels that it stands for.
struct AutoencoderDimensions {
    std::int64_t encoder_parameters = 0;
    std::int64_t decoder_parameters = 0;
    std::int64_t encoder_kept = 0;    // for a cell: what convolutions remember of frames before
    std::int64_t decoder_kept = 0;    // for a cell
    std::int64_t encoder_widest = 0;  // for a cell: one frame between the layers that are widest

    friend bool operator==(const AutoencoderDimensions&, const AutoencoderDimensions&) = default;
};

template <class Visitor>
void describe(AutoencoderDimensions& value, Visitor& field) {
    field(
        "encoder_parameters", value.encoder_parameters, {.meaning = "Parameters of the encoder."});
    field(
        "decoder_parameters", value.decoder_parameters, {.meaning = "Parameters of the decoder."});
    field("encoder_kept",
          value.encoder_kept,
          {.meaning = "Values per latent cell that the encoder caches from frame to frame.",
           .minimum = 0});
    field("decoder_kept",
          value.decoder_kept,
          {.meaning = "Values per latent cell that the decoder caches from frame to frame.",
           .minimum = 0});
    field("encoder_widest",
          value.encoder_widest,
          {.meaning =
               "Values per latent cell of one frame, between the widest layers of the encoder.",
           .minimum = 0});
}

struct ModelDimensions {
    TransformerDimensions transformer;
    TextEncoderDimensions text_encoder;
    AutoencoderDimensions autoencoder;
    std::int64_t image_encoder_bytes = 0;  // as it is stored; 0: the model has none

    // A card that was not drafted by import may not have them.
    bool are_known() const { return transformer.parameters > 0; }

    friend bool operator==(const ModelDimensions&, const ModelDimensions&) = default;
};

template <class Visitor>
void describe(ModelDimensions& value, Visitor& field) {
    field("transformer", value.transformer, {.meaning = "Dimensions of one transformer."});
    field("text_encoder", value.text_encoder, {.meaning = "Dimensions of the text encoder."});
    field("autoencoder", value.autoencoder, {.meaning = "Dimensions of the autoencoder."});
    field("image_encoder_bytes",
          value.image_encoder_bytes,
          {.meaning = "Size of the image encoder on disk, in bytes; 0: none.", .minimum = 0});
}

}  // namespace nightreel

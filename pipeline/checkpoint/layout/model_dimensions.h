#pragma once
// The dimensions that planning of memory asks for, from the shapes of a model's tensors: headers
// are read, weights are not. Any thread.

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "shotspec/card/model_card.h"
#include "shotspec/card/model_dimensions.h"

namespace nightreel {

// Of a whole model; of two experts, which have the same, the first. Error{bad_input} names the part
// that is missing or broken.
ModelDimensions model_dimensions(const ModelFolder& folder);

// Of one network. Error{bad_input} names the tensor that is missing.
TransformerDimensions transformer_dimensions(const StoredPart& part);
TextEncoderDimensions text_encoder_dimensions(const StoredPart& part);
AutoencoderDimensions autoencoder_dimensions(const StoredPart& part);

// The grid that an autoencoder's configuration makes of frames.
// Error{bad_input} names the key.
ModelLatents latents_of(const ModelFolder& folder);
ModelLatents latents_of(JsonConfig autoencoder);

}  // namespace nightreel

#pragma once
// The tokenizer that text encoder files carry: ComfyUI's a whole SentencePiece model in the tensor
// `spiece_model`, GGUF files its pieces in their header. Values; any thread.
// Source of the format: sentencepiece src/sentencepiece_model.proto.

#include <map>
#include <span>
#include <string>

#include "pipeline/checkpoint/layout/stored_part.h"

namespace nightreel {

// A folder that a tokenizer is read from.
bool is_tokenizer_folder(const std::filesystem::path& folder);

// Whether a text encoder brings its tokenizer.
bool brings_tokenizer(const StoredPart& text_encoder);

// The files of a tokenizer folder by their names. Pieces that prompts are not split at, such as
// "</s>", are listed as transformers would. Error{bad_input} when it is no SentencePiece model.
std::map<std::string, std::string> tokenizer_files_in(const StoredPart& text_encoder);

}  // namespace nightreel

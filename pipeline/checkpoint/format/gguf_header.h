#pragma once
// GGUF: names, types, shapes and places of tensors, and what else the file says of itself.
// Everything the header says is checked before a byte of data is touched. Pure; any thread.
// Source: github.com/ggml-org/ggml, docs/gguf.md (version 3; 2 differs in nothing that is read).

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// The tokenizer of a text encoder's file; empty where the file has none.
struct GgufTokenizer {
    std::string model;  // "t5": a unigram model of SentencePiece
    std::vector<std::string> tokens;
    std::vector<float> scores;
    std::vector<std::int32_t> types;  // as SentencePiece numbers them: 1 normal, 3 control
    bool has_normalizer = false;      // the file states the next one, which may be empty
    std::string normalizer;           // SentencePiece's table of characters
    bool adds_space = true;
    bool removes_spaces = true;
};

struct GgufHeader {
    TextMetadata metadata;  // its texts and whole numbers
    StoredTensors tensors;
    GgufTokenizer tokenizer;
};

bool is_gguf(std::span<const std::byte> file);

// Faults are Error{bad_input} and begin with `label`. A type of ggml that is not read here is named
// with what to take instead.
GgufHeader read_gguf_header(std::span<const std::byte> file, const std::string& label);

}  // namespace nightreel

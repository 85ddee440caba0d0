#pragma once
// Numbers stored in few bits made float32: float8, and the blocks of ggml (GGUF files), in which 32
// or 256 numbers share their scales. Pure; any thread.
// Sources: OCP 8-bit floating point specification (E4M3 without infinities, E5M2); the block
// layouts of ggml, ggml-common.h and the dequantize_row functions of ggml-quants.c.

#include <cstddef>
#include <span>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// Whether the engine cannot use a tensor of this type before it was decoded.
bool is_coded(ElementType type);

// Whether `decode_numbers` reads the type: floating point of any width, and the coded types.
bool can_decode(ElementType type);

// `bytes` are whole blocks of the type, `numbers` as many as they hold.
void decode_numbers(std::span<const std::byte> bytes, ElementType type, std::span<float> numbers);

// Rounded to the nearest, ties to even, as IEEE 754 has it.
std::uint16_t to_float16(float number);
std::uint16_t to_bfloat16(float number);
float from_float16(std::uint16_t half);
float from_bfloat16(std::uint16_t half);

}  // namespace nightreel

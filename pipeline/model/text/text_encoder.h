#pragma once
// Prompts to what the transformer reads: cleaning, ids, the encoder, zero rows after the prompt's
// end. Read-only after loading; any thread.

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "pipeline/model/text/tokenizer.h"
#include "pipeline/model/text/umt5_encoder.h"

namespace nightreel {

class TextEncoder {
  public:
    TextEncoder(const std::filesystem::path& tokenizer_folder,
                const std::filesystem::path& encoder_folder,
                const at::Device& device,
                const Pulse& pulse = {})
        : tokenizer_(tokenizer_folder), encoder_(encoder_folder, device, pulse) {}

    // The ids of the cleaned prompt, its end included: at most `length_max`.
    std::vector<std::int64_t> ids(std::string_view prompt, std::size_t length_max) const;

    // [1, length, width]: a row for each id, then rows of zeros.
    at::Tensor encode(std::string_view prompt, std::int64_t length) const;

    const Tokenizer& tokenizer() const { return tokenizer_; }

    const Umt5Encoder& encoder() const { return encoder_; }

  private:
    Tokenizer tokenizer_;
    Umt5Encoder encoder_;
};

}  // namespace nightreel

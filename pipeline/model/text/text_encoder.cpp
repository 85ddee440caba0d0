#include "pipeline/model/text/text_encoder.h"

#include <ATen/ATen.h>

#include "pipeline/model/text/prompt_cleaning.h"
#include "shotspec/base/check.h"

namespace nightreel {

std::vector<std::int64_t> TextEncoder::ids(std::string_view prompt, std::size_t length_max) const {
    return tokenizer_.encode(clean_prompt(prompt), length_max);
}

at::Tensor TextEncoder::encode(std::string_view prompt, std::int64_t length) const {
    NIGHTREEL_CHECK(length > 0, "the text has at least one row");
    const at::Tensor rows = encoder_.encode(ids(prompt, static_cast<std::size_t>(length)));
    at::Tensor padded = at::zeros({1, length, rows.size(1)}, rows.options());
    padded.select(0, 0).narrow(0, 0, rows.size(0)).copy_(rows);
    return padded;
}

}  // namespace nightreel

#include <string>

#include <ATen/ATen.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/text/text_encoder.h"
#include "pipeline/parity/parity_cases.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// What the encoder shows of the first prompt on its way.
void add_first_prompt(const TextEncoder& text,
                      const std::string& prompt,
                      std::int64_t length,
                      NamedTensors& seen) {
    const Watch watch = [&](const std::string& name, const at::Tensor& value) {
        seen["prompt0." + name] = value.clone();
    };
    (void)text.encoder().encode(text.ids(prompt, static_cast<std::size_t>(length)), watch);
    seen["prompt0.padded"] = text.encode(prompt, length).squeeze(0);
}

void add_positions(const Umt5Encoder& encoder, std::int64_t length, NamedTensors& seen) {
    constexpr std::int64_t shown = 24;
    for (std::int64_t layer = 0; layer < encoder.config().layers; ++layer) {
        seen["layer" + std::to_string(layer) + ".position_bias_24x24"] =
            encoder.position_bias(static_cast<std::size_t>(layer), shown);
    }
    seen["relative_position"] = at::arange(-length, length + 1, at::kLong);
    seen["relative_position_bucket"] =
        relative_position_buckets(seen["relative_position"], encoder.config());
}

}  // namespace

NamedTensors compute_text_case(const ParityCase& parity_case) {
    JsonConfig config(parity_case.config, parity_case.folder / "config.json");
    const std::int64_t length = config.integer("max_sequence_length", 1, 1 << 16);
    const TextEncoder text(
        parity_case.path("tokenizer"), parity_case.path("text_encoder"), parity_case.device);
    const std::filesystem::path prompts_file = parity_case.folder / "prompts.json";
    const nlohmann::json prompts =
        parse_json_document(read_file(prompts_file), prompts_file.string());

    NamedTensors seen;
    const auto rows = static_cast<std::int64_t>(prompts.size());
    at::Tensor ids = at::full({rows, length}, text.tokenizer().pad_id(), at::kLong);
    at::Tensor mask = at::zeros({rows, length}, at::kLong);
    for (std::int64_t row = 0; row < rows; ++row) {
        const nlohmann::json& prompt = prompts.at(static_cast<std::size_t>(row));
        const auto own =
            text.ids(prompt.at("raw").get<std::string>(), static_cast<std::size_t>(length));
        const auto count = static_cast<std::int64_t>(own.size());
        ids[row].narrow(0, 0, count).copy_(at::tensor(own, at::kLong));
        mask[row].narrow(0, 0, count).fill_(1);
        seen["embeds." + prompt.at("name").get<std::string>()] = text.encoder().encode(own);
    }
    seen["input_ids"] = ids;
    seen["attention_mask"] = mask;
    if (rows > 0) add_first_prompt(text, prompts.at(0).at("raw").get<std::string>(), length, seen);
    add_positions(text.encoder(), length, seen);
    return seen;
}

}  // namespace nightreel

// LoRAs on a transformer: without them, with them, and without them again, which must give the very
// bytes of before.

#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "pipeline/model/transformer/transformer.h"
#include "pipeline/parity/parity_cases.h"
#include "shotspec/base/error.h"

namespace nightreel {

NamedTensors compute_lora_case(const ParityCase& parity_case) {
    const NamedTensors inputs = parity_case.inputs();
    WanTransformer transformer(
        parity_case.weights_folder(), parity_case.device, PrecisionPolicy::float32);
    const auto sample = [&] {
        const TextContext text =
            transformer.prepare_text(input_of(parity_case, inputs, "encoder_hidden_states"));
        return transformer.forward(input_of(parity_case, inputs, "hidden_states"),
                                   input_of(parity_case, inputs, "timestep"),
                                   text);
    };

    NamedTensors computed;
    computed["sample_without"] = sample();
    std::vector<WeightedLora> loras;
    for (const nlohmann::json& adapter : parity_case.config.at("adapters")) {
        loras.push_back({std::make_shared<const LoraFile>(parity_case.folder /
                                                          adapter.at("file").get<std::string>()),
                         adapter.at("strength").get<double>()});
    }
    transformer.set_loras(loras);
    computed["sample"] = sample();
    transformer.set_loras({});
    if (!at::equal(sample(), computed["sample_without"])) {
        throw Error(ErrorKind::internal,
                    parity_case.name + ": the base weights differ after its LoRAs were removed");
    }
    return computed;
}

}  // namespace nightreel

#include "scheduler/protocol/order_facts.h"

namespace nightreel {

std::string model_loaded_for(const TaskOrder& order) {
    return std::visit(Overloaded{
                          [](const EncodeOrder& encode) { return encode.model.name; },
                          [](const SampleOrder& sample) { return sample.model.name; },
                          [](const DecodeOrder& decode) { return decode.model.name; },
                          [](const MeasureOrder&) { return std::string(); },
                          [](const ProxyOrder&) { return std::string(); },
                          [](const PublishOrder&) { return std::string(); },
                      },
                      order);
}

}  // namespace nightreel

#include "scheduler/protocol/order_facts.h"

namespace nightreel {

const ModelReference* model_loaded_for(const TaskOrder& order) {
    using Model = const ModelReference*;
    return std::visit(Overloaded{
                          [](const EncodeOrder& encode) -> Model { return &encode.model; },
                          [](const SampleOrder& sample) -> Model { return &sample.model; },
                          [](const DecodeOrder& decode) -> Model { return &decode.model; },
                          [](const MeasureOrder&) -> Model { return nullptr; },
                          [](const ProxyOrder&) -> Model { return nullptr; },
                          [](const PublishOrder&) -> Model { return nullptr; },
                      },
                      order);
}

}  // namespace nightreel

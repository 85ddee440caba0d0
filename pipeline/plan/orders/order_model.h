#pragma once
// Which model an order needs. Pure, any thread.

#include "pipeline/plan/task_order.h"

namespace nightreel {

// The model whose networks the task runs; null when it runs none. Part of the order.
inline const ModelReference* model_run_by(const TaskOrder& order) {
    if (const auto* encode = std::get_if<EncodeOrder>(&order)) return &encode->model;
    if (const auto* sample = std::get_if<SampleOrder>(&order)) return &sample->model;
    if (const auto* decode = std::get_if<DecodeOrder>(&order)) return &decode->model;
    if (const auto* hand_over = std::get_if<HandOverOrder>(&order)) return &hand_over->model;
    return nullptr;
}

}  // namespace nightreel

#include "scheduler/protocol/order_facts.h"

#include "pipeline/plan/orders/order_model.h"

namespace nightreel {

const ModelReference* model_loaded_for(const TaskOrder& order) {
    return model_run_by(order);
}

}  // namespace nightreel

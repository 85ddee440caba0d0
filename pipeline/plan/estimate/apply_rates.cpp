#include "pipeline/plan/estimate/apply_rates.h"

#include <algorithm>

#include "pipeline/plan/orders/order_model.h"

namespace nightreel {

EstimateBasis apply_rates(TaskGraph& graph,
                          std::span<const TaskRate> rates,
                          const std::string& device_class) {
    EstimateBasis basis;
    std::vector<std::string> classes = device_classes_of(rates);
    basis.device_class = device_class;
    if (basis.device_class.empty() && !classes.empty()) basis.device_class = classes.front();
    std::erase(classes, basis.device_class);
    for (PlannedTask& task : graph.tasks) {
        const ModelReference* model = model_run_by(task.order);
        const auto measured = measured_cost(rates,
                                            kind_of(task.order),
                                            model == nullptr ? Digest{} : model->digest,
                                            basis.device_class,
                                            workload_of(task.order));
        if (!measured) continue;
        task.cost.seconds = measured->seconds;
        basis.measured_tasks += 1;
        basis.measured_seconds += measured->seconds;
        basis.processor_seconds += measured->processor_seconds;
    }
    if (basis.measured_tasks > 0) basis.other_classes = std::move(classes);
    return basis;
}

}  // namespace nightreel

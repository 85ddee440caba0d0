#include "worker/model_stall.h"

#include <filesystem>

#include "pipeline/plan/orders/order_model.h"
#include "shotspec/base/error.h"
#include "shotspec/card/read_model_card.h"

namespace nightreel {

Millis stall_of_model(const TaskOrder& order, const std::vector<std::string>& model_roots) {
    const ModelReference* const model = model_run_by(order);
    if (model == nullptr) return {};
    std::vector<std::filesystem::path> places;
    for (const std::string& root : model_roots) {
        places.push_back(std::filesystem::path(root) / model->name);
    }
    places.emplace_back(model->folder);
    for (const std::filesystem::path& place : places) {
        try {
            const ModelCard card = read_model_card(place);
            if (card.digest == model->digest) return card.stall.value_or(Millis{0});
        } catch (const Error&) {
            // Not there, or damaged: the renderer says so, if it needs this one.
        }
    }
    return {};
}

}  // namespace nightreel

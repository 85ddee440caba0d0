#include "pipeline/takes/reuse.h"

#include "pipeline/takes/take_check.h"

namespace nightreel {

bool may_reuse(const TaskOrder& order, const Roots& roots, const Pulse& pulse) {
    if (std::holds_alternative<DailiesOrder>(order)) return false;
    const auto* publish = std::get_if<PublishOrder>(&order);
    return publish == nullptr || check_take(folder_of_take(*publish, roots), pulse).is_whole();
}

}  // namespace nightreel

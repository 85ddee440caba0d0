#pragma once
// Which live workers can run what: asked once for each model and device class, and only as far as
// somebody wants to know. Private to this folder; lives as long as one decision.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/farm/farm.h"

namespace nightreel {

using WorkerEntry = std::map<WorkerId, Worker>::value_type;

class AbleWorkers {
  public:
    AbleWorkers(const Farm& farm, const FarmPolicy& policy, Millis now)
        : farm_(farm), policy_(policy), now_(now) {}

    // Whether `holds(entry)` for one that is live and has the model and the class; what it is doing
    // now does not matter.
    template <class Predicate>
    bool any(const TaskSpec& task, Predicate&& holds) {
        Scan& scan = scan_of(task);
        for (std::size_t i = 0; const WorkerEntry* entry = at(scan, task, i); ++i) {
            if (holds(*entry)) return true;
        }
        return false;
    }

    // Whether another could take the task now, if it had nothing else to do, and did not fail it
    // before.
    bool another_could_take(const Task& task, const WorkerId& than);

    // Since when no worker could run it, by what workers said, were found unfit for, or were last
    // heard; none: one can, or none is there that can run anything.
    std::optional<Millis> none_since(const TaskSpec& task);

  private:
    struct Scan {
        std::vector<const WorkerEntry*> able;  // found so far
        std::map<WorkerId, Worker>::const_iterator next;
        std::optional<std::optional<Millis>> none_since;
    };

    Scan& scan_of(const TaskSpec& task);
    const WorkerEntry* at(Scan& scan, const TaskSpec& task, std::size_t index) const;
    std::optional<Millis> last_able(const TaskSpec& task) const;

    const Farm& farm_;
    const FarmPolicy& policy_;
    Millis now_;
    std::map<std::pair<Digest, std::string>, Scan> scans_;
};

}  // namespace nightreel

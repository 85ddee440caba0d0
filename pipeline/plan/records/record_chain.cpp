#include "pipeline/plan/records/record_chain.h"

#include <set>

namespace nightreel {

std::vector<TaskRecord> records_below(const TaskRequest& request) {
    const auto* sample = std::get_if<SampleOrder>(&request.order);
    std::vector<TaskRecord> records;
    std::set<Digest> known;
    for (const InputArtifact& input : request.inputs) {
        if (sample != nullptr && input.digest == sample->previous) continue;
        // It says whether the take is made; it is made of nothing in it.
        if (sample != nullptr && input.digest == sample->round) continue;
        for (const TaskRecord& record : input.records) {
            if (known.insert(record.digest).second) records.push_back(record);
        }
    }
    return records;
}

}  // namespace nightreel

#include "pipeline/plan/records/record_chain.h"

#include <set>

namespace nightreel {

std::vector<TaskRecord> records_below(const TaskRequest& request) {
    const auto* sample = std::get_if<SampleOrder>(&request.order);
    std::vector<TaskRecord> records;
    std::set<Digest> known;
    for (const InputArtifact& input : request.inputs) {
        if (sample != nullptr && input.digest == sample->previous) continue;
        for (const TaskRecord& record : input.records) {
            if (known.insert(record.digest).second) records.push_back(record);
        }
    }
    return records;
}

}  // namespace nightreel

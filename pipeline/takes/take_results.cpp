#include "pipeline/takes/take_results.h"

namespace nightreel {

std::set<Digest> results_of(const PublishRecord& record) {
    std::set<Digest> results{
        record.frames_artifact, record.proxy_artifact, record.metrics_artifact};
    for (const SegmentPiece& segment : record.segments) {
        results.insert(segment.latents);
        if (segment.given) results.insert(*segment.given);
    }
    for (const TaskRecord& task : record.tasks) results.insert(task.digest);
    results.erase(Digest());
    return results;
}

}  // namespace nightreel

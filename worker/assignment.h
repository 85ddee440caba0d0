#pragma once
// What has to be settled about a lease before anything is rendered: is its result there already,
// are its inputs whole. Reads and verifies the store; one thread at a time.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/store/artifact_store.h"
#include "scheduler/protocol/messages.h"
#include "shotspec/base/error.h"
#include "shotspec/base/pulse.h"
#include "shotspec/card/precision_policy.h"
#include "shotspec/quality_limits.h"
#include "worker/outbox.h"

namespace nightreel {

// Where and with what this worker renders.
struct Workplace {
    std::string owner;  // of staging folders
    std::vector<std::string> model_roots;
    std::string device;
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision;  // none: chosen by model and processor
    std::int64_t memory_bytes = 0;             // that tasks may use; 0: no limit
    LinkPolicy link = LinkPolicy::automatic;   // of published files
    QualityLimits quality = {};                // from which on takes are flagged
    Pulse pulse = {};  // told while files are read; what it throws ends the preparation
};

// The store has the result.
struct AlreadyMade {
    Artifact artifact;
};

// Inputs that have to be made again first.
struct InputsLost {
    ErrorKind kind = ErrorKind::unavailable;
    std::string text;
    std::vector<Digest> lost;
};

// A lease with all that was told of it.
struct LeaseInHand {
    wire::Lease lease;
    std::vector<wire::LeasePart> parts = {};
    std::string worker = {};  // our name in the farm
};

using Preparation = std::variant<TaskRequest, AlreadyMade, InputsLost>;

// Throws Error: unavailable when this worker's engine makes other bytes than the lease asks for.
Preparation prepare(ArtifactStore& store, const LeaseInHand& in_hand, const Workplace& workplace);

// Tells whether results are the ones that were there before: others may have found them damaged and
// made them again meanwhile.
std::string identity_of_inputs(const ArtifactStore& store, const TaskOrder& order);

// Which inputs are no longer what they were, after a task has read them: what was made of them
// cannot be trusted. Those that have not been touched are not read again. `identity`: from before.
InputsLost inputs_lost_since(ArtifactStore& store,
                             const TaskOrder& order,
                             const std::string& identity);

// The facts of a result as they go into the scheduler's record.
std::string facts_of(const TaskResult& result);

// Makes a completion's result visible: what it has prepared elsewhere, then its artifact. Done
// before, it does nothing. Throws Error{internal} when the result is neither in staging nor in the
// store. Ended by what `pulse` throws, it may be done again.
void publish(ArtifactStore& store, const Completion& completion, const Pulse& pulse = {});

}  // namespace nightreel

#include "worker/assignment.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "pipeline/plan/roots/roots.h"
#include "pipeline/takes/publish.h"
#include "pipeline/takes/reuse.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t facts_bytes_max = 60'000;  // the record takes no more

// The result, or nothing when it has to be made. A damaged one has been set aside.
std::optional<Artifact> result_in_store(ArtifactStore& store, const Digest& digest) {
    try {
        return store.find(digest);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::corrupt) return {};
        throw;
    }
}

struct Inputs {
    std::vector<InputArtifact> found;
    InputsLost lost;
};

Inputs look_for_inputs(ArtifactStore& store, const TaskOrder& order) {
    Inputs inputs;
    const auto add_reason = [&](std::string_view reason) {
        if (!inputs.lost.text.empty()) inputs.lost.text += "; ";
        inputs.lost.text += reason;
    };
    for (const Digest& digest : inputs_of(order)) {
        try {
            if (const auto artifact = store.find(digest)) {
                inputs.found.push_back(
                    {digest, store.folder_of(digest).string(), records_of(*artifact)});
                continue;
            }
            add_reason(fmt::format("{}: not in the store", digest.short_hex()));
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::corrupt) throw;
            inputs.lost.kind = ErrorKind::corrupt;
            add_reason(error.what());
        }
        inputs.lost.lost.push_back(digest);
    }
    return inputs;
}

std::vector<TakeOutcome> outcomes_of(const std::vector<wire::LeasePart>& parts) {
    std::vector<TakeOutcome> outcomes;
    for (const wire::LeasePart& part : parts) {
        outcomes.insert(outcomes.end(), part.outcomes.begin(), part.outcomes.end());
    }
    return outcomes;
}

// Pieces of one file follow each other.
std::vector<NightFile> night_of(const std::vector<wire::LeasePart>& parts) {
    std::vector<NightFile> night;
    for (const wire::LeasePart& part : parts) {
        for (const NightFile& piece : part.night) {
            const bool goes_on = !night.empty() && night.back().name == piece.name;
            if (goes_on) night.back().text += piece.text;
            if (!goes_on) night.push_back(piece);
        }
    }
    return night;
}

}  // namespace

Preparation prepare(ArtifactStore& store, const LeaseInHand& in_hand, const Workplace& workplace) {
    const wire::Lease& lease = in_hand.lease;
    const TaskOrder order = task_order_from_json(lease.order);
    if (digest_of(order) != lease.digest) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: the engine of this worker ({}) gives other bytes than the job "
                                "requires: install the release that submitted the job",
                                lease.task,
                                engine_version));
    }
    if (!lease.fresh && may_reuse(order, lease.roots, workplace.pulse)) {
        if (auto artifact = result_in_store(store, lease.digest)) return AlreadyMade{*artifact};
    }
    Inputs inputs = look_for_inputs(store, order);
    if (!inputs.lost.lost.empty()) return inputs.lost;
    const fs::path staging = store.make_staging(workplace.owner, file_name_of(lease.attempt));
    return TaskRequest{order,
                       std::move(inputs.found),
                       staging.string(),
                       workplace.model_roots,
                       workplace.device,
                       workplace.threads,
                       workplace.precision,
                       workplace.memory_bytes,
                       lease.lean,
                       lease.roots,
                       {},
                       workplace.link,
                       in_hand.worker,
                       lease.job,
                       outcomes_of(in_hand.parts),
                       night_of(in_hand.parts),
                       store.resume_of(lease.digest).string(),
                       workplace.quality};
}

std::string identity_of_inputs(const ArtifactStore& store, const TaskOrder& order) {
    std::string identity;
    for (const Digest& digest : inputs_of(order)) {
        struct stat facts {};

        const fs::path record = store.folder_of(digest) / "artifact.json";
        if (::stat(record.c_str(), &facts) != 0) facts = {};
        identity += fmt::format("{} {} {}.{}\n",
                                facts.st_ino,
                                facts.st_dev,
                                facts.st_mtim.tv_sec,
                                facts.st_mtim.tv_nsec);
    }
    return identity;
}

InputsLost inputs_lost_since(ArtifactStore& store,
                             const TaskOrder& order,
                             const std::string& identity) {
    InputsLost lost = look_for_inputs(store, order).lost;
    if (lost.lost.empty() && identity_of_inputs(store, order) != identity) {
        lost.lost = inputs_of(order);
        lost.text = "an input was replaced while the task read it";
    }
    return lost;
}

std::string facts_of(const TaskResult& result) {
    Json json = to_json_value(result);
    Json own = Json::parse(result.facts, nullptr, false);
    json["facts"] = own.is_discarded() ? Json::object() : std::move(own);
    if (json.dump().size() > facts_bytes_max) json["facts"] = Json::object();
    return json.dump();
}

void publish(ArtifactStore& store, const Completion& completion, const Pulse& pulse) {
    if (completion.commit) {
        for (const TaskCommit& prepared : *completion.commit) commit_take(prepared, pulse);
    }
    if (completion.staging.empty()) return;
    const std::optional<Artifact> there = result_in_store(store, completion.digest);
    // Died after the rename: what lies in staging now may be what was replaced.
    if (there && there->self == completion.record) return;
    std::error_code ignored;
    if (fs::exists(completion.staging, ignored)) {
        const auto existing = completion.fresh ? Existing::replace : Existing::keep;
        return store.publish(completion.digest, completion.staging, existing);
    }
    if (!there) {
        throw Error(
            ErrorKind::internal,
            completion.staging + ": the finished result disappeared before it was published");
    }
}

}  // namespace nightreel

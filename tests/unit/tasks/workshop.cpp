#include "tests/unit/tasks/workshop.h"

#include "pipeline/plan/records/record_chain.h"
#include "pipeline/store/artifact_store.h"
#include "shotspec/card/read_model_card.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t steps_few = 4;

}  // namespace

ResolvedNight small_night(std::int64_t frames) {
    const ModelCard card = read_model_card("models/toybox");
    ResolvedShot shot;
    shot.name = "sq010_sh0010";
    shot.sequence = "sq010";
    shot.prompt = "a large red striped star spins on a green meadow";
    shot.model = card.name;
    shot.size = {96, 64};
    shot.rate = {12, 1};
    shot.frames = {1001, 1000 + frames};
    shot.seed = 7;
    shot.segment_latents = card.window.latent_frames;
    shot.overlap_latents = card.window.overlap;
    shot.sampling = card.draft;
    shot.sampling.steps = steps_few;
    ResolvedNight night;
    night.show = "aurora";
    night.models = {card};
    night.shots = {shot};
    return night;
}

Workshop::Workshop(const ResolvedNight& night)
    : plan_(plan_night(night, {.output_path = (root() / "out").string(), .versions = {}})) {}

Workshop::Workshop(std::int64_t frames, const fs::path& first_picture)
    : Workshop([&] {
          ResolvedNight night = small_night(frames);
          if (!first_picture.empty()) {
              night.shots[0].keys = {
                  {KeyPlace::start, first_picture.string(), digest_of_file(first_picture)}};
          }
          return night;
      }()) {}

const PlannedTask& Workshop::task(std::string_view name) const {
    for (const PlannedTask& task : plan_.graph.tasks) {
        if (task.name.ends_with(name)) return task;
    }
    throw Error(ErrorKind::internal, "the plan has no task " + std::string(name));
}

fs::path Workshop::folder_of(const Digest& digest) const {
    return root() / "artifacts" / digest.hex();
}

fs::path Workshop::folder_of(std::string_view name) const {
    return folder_of(task(name).digest);
}

TaskRequest Workshop::request_for(std::string_view name) const {
    TaskRequest request{
        .order = task(name).order, .staging = folder_of(name).string(), .roots = plan_.roots};
    for (const Digest& digest : inputs_of(request.order)) {
        const auto known = records_.find(digest);
        request.inputs.push_back({digest, folder_of(digest).string()});
        if (known != records_.end()) request.inputs.back().records = known->second;
    }
    return request;
}

TaskResult Workshop::run(std::string_view name, Engines& engines, TaskObserver& observer) {
    fs::remove_all(folder_of(name));
    fs::create_directories(folder_of(name));
    const TaskRequest request = request_for(name);
    TaskResult result = run_task(request, engines, observer, SystemClock());
    const Artifact artifact{.digest = task(name).digest,
                            .kind = kind_of(request.order),
                            .task = task(name).name,
                            .result = result,
                            .made_from = records_below(request)};
    records_[artifact.digest] = records_of(artifact);
    return result;
}

void Workshop::run_all_up_to(std::string_view name, Engines& engines) {
    for (const PlannedTask& task : plan_.graph.tasks) {
        TestObserver observer;
        run(task.name, engines, observer);
        if (task.name.ends_with(name)) return;
    }
}

}  // namespace nightreel

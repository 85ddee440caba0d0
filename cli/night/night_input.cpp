#include "cli/night/night_input.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/night/output_folder.h"
#include "cli/night/versions.h"
#include "pipeline/preflight/clip_reader.h"
#include "pipeline/preflight/night_checks.h"
#include "scheduler/protocol/submit_messages.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/processor.h"
#include "shotspec/base/streams.h"
#include "worker/device_memory.h"

namespace fs = std::filesystem;

namespace nightreel::cli {

std::vector<Option> night_options(NightAsked& asked) {
    return {{.names = "night",
             .target = &asked.path,
             .meaning = "night file",
             .value = "FILE",
             .required = true},
            {.names = "--strict",
             .target = &asked.strict,
             .meaning = "treat warnings as errors (exit code 3)"}};
}

namespace {

// Where digests of clips and LoRAs are remembered for this user; empty: nowhere.
fs::path digest_memory() {
    const auto cache = environment_variable("XDG_CACHE_HOME");
    const auto home = environment_variable("HOME");
    if (cache && !cache->empty()) return fs::path(*cache) / "nightreel" / "digests.json";
    if (home && !home->empty()) return fs::path(*home) / ".cache" / "nightreel" / "digests.json";
    return {};
}

// The negative prompt of a shot, its own or that of `defaults`.
std::optional<std::string> negative_of(const NightShot& shot, const Night& night) {
    return shot.settings.negative ? shot.settings.negative : night.defaults.negative;
}

bool names(const NightShot& shot, const std::string& character) {
    const std::string name = "{" + character + "}";
    const auto has_it = [&](const std::string& text) { return text.find(name) != text.npos; };
    return has_it(shot.prompt) ||
           (shot.storyboard && std::ranges::any_of(*shot.storyboard, has_it, &StoryCard::prompt));
}

// Cards of models and recipes are read with a night, but are none of its files.
void read_written(const NightDocument& document,
                  const ResolvedNight& night,
                  WrittenNight& written) {
    written.files = document.complaints.files();
    std::erase_if(written.files, [&](const std::string& file) {
        return std::ranges::any_of(night.models, [&](const ModelCard& card) {
            return fs::path(file).parent_path() == card.folder;
        });
    });
    for (const NightShot& shot : document.night.shots) {
        written.prompts[shot.shot] = {shot.prompt, negative_of(shot, document.night)};
    }
    for (const auto& [name, sheet] : document.night.characters) {
        WrittenNight::Character character{
            sheet,
            document.complaints.files().at(document.places.of("characters." + name).file),
            {}};
        for (const NightShot& shot : document.night.shots) {
            if (names(shot, name)) character.shots.push_back(shot.shot);
        }
        written.characters[name] = std::move(character);
    }
}

}  // namespace

CheckedNight look_at_night(const NightAsked& asked,
                           const Surroundings& surroundings,
                           WrittenNight* written) {
    const std::vector<fs::path> roots(surroundings.model_roots.begin(),
                                      surroundings.model_roots.end());
    std::vector<NightCheck> checks = night_checks();
    if (written != nullptr) {
        checks.push_back([written](const NightDocument& document, const ResolvedNight& night) {
            read_written(document, night, *written);
        });
    }
    return check_night(
        asked.path,
        {.model_roots = roots,
         .variable = environment_variable,
         .checks = std::move(checks),
         .recipe_roots = {surroundings.recipe_roots.begin(), surroundings.recipe_roots.end()},
         .files = given_file_readers(digest_memory(), surroundings.clock)});
}

std::vector<NightFile> texts_of(const WrittenNight& written) {
    std::vector<NightFile> texts;
    std::size_t bytes = 0;
    for (const std::string& file : written.files) {
        texts.push_back({file, read_file(file)});
        bytes += texts.back().text.size();
    }
    if (bytes <= wire::night_bytes_max) return texts;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the night file and its includes have {} bytes, the limit is {}: "
                            "split the night",
                            written.files.front(),
                            bytes,
                            wire::night_bytes_max));
}

void note_prompts(NightPlan& plan, const WrittenNight& written) {
    for (PlannedTask& task : plan.graph.tasks) {
        auto* publish = std::get_if<PublishOrder>(&task.order);
        const auto found = written.prompts.find(task.shot);
        if (publish == nullptr || found == written.prompts.end()) continue;
        publish->prompt_as_written = found->second.prompt;
        publish->negative_prompt_as_written = found->second.negative;
    }
}

bool is_accepted(const NightAsked& asked, const std::vector<Diagnostic>& diagnostics) {
    return !has_errors(diagnostics) && (diagnostics.empty() || !asked.strict);
}

ResolvedNight load_night(const NightAsked& asked,
                         const Surroundings& surroundings,
                         WrittenNight* written) {
    CheckedNight checked = look_at_night(asked, surroundings, written);
    say("{}", text_of(checked.diagnostics));
    if (checked.is_register && !asked.takes_register && checked.night) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: has no shots: include it in a night (include: [{}])",
                                asked.path,
                                fs::path(asked.path).filename().string()));
    }
    if (checked.night && is_accepted(asked, checked.diagnostics)) return std::move(*checked.night);
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: {}{}",
                            asked.path,
                            count_text(checked.diagnostics),
                            checked.night ? "; --strict treats warnings as errors" : ""));
}

ResolvedNight on_device_class(ResolvedNight night, const std::string& device_class) {
    for (ResolvedShot& shot : night.shots) {
        if (shot.reproducible_strict) shot.device_class = device_class;
    }
    return night;
}

bool has_strict_shots(const ResolvedNight& night) {
    return std::ranges::any_of(night.shots, &ResolvedShot::reproducible_strict);
}

NightPlan plan_for(const ResolvedNight& night, const fs::path& output, PlanSetting setting) {
    const fs::path root = output_root_of(output);
    const PlannedFor where = setting.where;
    PlanOptions options{
        .output_path = root.string(),
        .root = std::move(setting.root),
        .versions = setting.versions ? std::move(*setting.versions) : choose_versions(night, root),
        .rates = std::move(setting.rates),
        .rates_of = std::move(setting.device_class)};
    if (where == PlannedFor::this_machine) {
        options.machine = planned_machine(processor_features(), gpu_memory_bytes(0).has_value());
    }
    NightPlan plan = plan_night(night, options);
    require_short_paths(plan);
    // A farm's output root may lie on machines of its own.
    if (where == PlannedFor::this_machine) require_places_for_takes(plan);
    require_no_other_takes(plan);
    return plan;
}

std::string submission_key(const NightPlan& plan, const fs::path& output) {
    Hasher hasher;
    hasher.field(fs::absolute(output).lexically_normal().string());
    for (const PlannedTask& task : plan.graph.tasks) hasher.field(task.digest.hex());
    return hasher.finish().hex();
}

}  // namespace nightreel::cli

// models: what model folders are, whether they are whole, and other layouts made into ours.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/models/model_check.h"
#include "cli/models/model_memory.h"
#include "cli/models/night_use.h"
#include "cli/verbs.h"
#include "pipeline/checkpoint/convert/import_model.h"
#include "pipeline/checkpoint/layout/inspect_model.h"
#include "pipeline/plan/segment_plan.h"
#include "shotspec/base/bytes_text.h"
#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"
#include "shotspec/card/read_model_card.h"
#include "shotspec/describe/text_form.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

using nlohmann::json;

struct Asked {
    std::string model;        // a path, or the name of an installed model
    std::string size;         // of a clip, for its memory; empty: the first that the model makes
    std::int64_t frames = 0;  // 0: the model's usual segment
    bool as_json = false;
    std::string to;
    std::string licence;
    std::string training_data;
    // Parts of a model to import, in place of what is found.
    std::string transformer;
    std::string high_noise;
    std::string low_noise;
    std::string vace_module;
    std::string text_encoder;
    std::string vae;
    std::string clip_vision;
    std::string tokenizer;
    std::string family;
};

ClipAsked clip_of(const Asked& asked) {
    ClipAsked clip;
    if (asked.frames > 0) clip.frames = asked.frames;
    if (asked.size.empty()) return clip;
    clip.size = TextForm<PictureSize>::read(asked.size);
    if (clip.size) return clip;
    throw Error(ErrorKind::usage,
                fmt::format("invalid value '{}' of --size: expected {}",
                            asked.size,
                            TextForm<PictureSize>::accepted));
}

std::vector<fs::path> roots_of(const Surroundings& surroundings) {
    return {surroundings.model_roots.begin(), surroundings.model_roots.end()};
}

// A plain word is an installed model before it is a folder that happens to lie here.
fs::path find_model(const Surroundings& surroundings, const std::string& model) {
    for (const fs::path& root : roots_of(surroundings)) {
        const bool is_word = model.find('/') == std::string::npos;
        if (is_word && fs::is_directory(root / model)) return root / model;
    }
    if (fs::exists(model)) return model;
    const std::vector<std::string>& roots = surroundings.model_roots;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: no such folder or file, and no model of that name in {}",
                            model,
                            roots.empty() ? "NIGHTREEL_MODELS, which is empty"
                                          : fmt::format("{}", fmt::join(roots, ", "))));
}

// Nothing when the folder has no card; a card with mistakes is an error.
std::optional<ModelCard> card_of(const fs::path& path) {
    if (!fs::is_regular_file(path / model_card_file)) return {};
    return read_model_card(path);
}

// Folders of the roots that are models, with a card or without.
std::vector<fs::path> model_folders(const Surroundings& surroundings) {
    std::vector<fs::path> folders;
    for (const fs::path& root : roots_of(surroundings)) {
        std::error_code none;
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(root, none)) {
            const bool is_hidden = entry.path().filename().string().starts_with('.');
            if (entry.is_directory() && !is_hidden) found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        folders.insert(folders.end(), found.begin(), found.end());
    }
    return folders;
}

// Of a whole model alone: what is missing or broken cannot be reckoned with.
std::optional<ModelMemory> memory_of(const InspectedModel& model,
                                     const std::optional<ModelCard>& card,
                                     const ClipAsked& clip) {
    if (!model.is_whole()) return {};
    return memory_of_model(model.path, card, clip);
}

json json_of(const InspectedModel& model,
             const std::optional<ModelCard>& card,
             const std::optional<ModelMemory>& memory) {
    json parts = json::array();
    for (const InspectedPart& part : model.parts) {
        parts.push_back({{"name", part.name},
                         {"class", part.class_name},
                         {"location", part.location.string()},
                         {"names", part.names},
                         {"tensors", part.tensors},
                         {"parameters", part.parameters},
                         {"bytes", part.bytes},
                         {"types", part.types},
                         {"coded", part.is_coded},
                         {"left_out", part.left_out},
                         {"fault", part.fault}});
    }
    return {{"format", 1},
            {"path", model.path.string()},
            {"layout", model.layout},
            {"family", model.family},
            {"parts", parts},
            {"missing", model.missing},
            {"unread", model.unread},
            {"card", card.has_value()},
            {"licence", card ? json(card->licence) : json(nullptr)},
            {"training_data", card ? json(card->training_data) : json(nullptr)},
            {"night", card ? night_use_json(*card) : json(nullptr)},
            {"memory", memory ? json_of(*memory) : json(nullptr)}};
}

int list_models(const Surroundings& surroundings, const Asked& asked) {
    for (const fs::path& root : roots_of(surroundings)) {
        if (fs::is_directory(root)) continue;
        say("nightreel: warning: {}: no such models folder\n", root.string());
    }
    json all = json::array();
    for (const fs::path& folder : model_folders(surroundings)) {
        // A request boundary: one folder that is no model does not hide the others.
        try {
            const InspectedModel model = inspect_model(folder);
            const std::optional<ModelCard> card = card_of(folder);
            const json one = json_of(model, card, memory_of(model, card, clip_of(asked)));
            if (!asked.as_json) {
                answer("{:<24} {:<18} {:<10} {}\n",
                       folder.filename().string(),
                       model.family,
                       one["card"] == true ? one["licence"].get<std::string>() : "no card",
                       folder.string());
            }
            all.push_back(one);
        } catch (const Error& error) {
            if (asked.as_json) {
                all.push_back({{"path", folder.string()}, {"fault", error.what()}});
            } else {
                std::string_view why = error.what();
                while (why.ends_with('\n')) why.remove_suffix(1);
                answer("{:<24} not usable: {}\n", folder.filename().string(), why);
            }
        }
    }
    if (asked.as_json) answer("{}\n", json{{"format", 1}, {"models", all}}.dump(2));
    return 0;
}

void print_model(const InspectedModel& model,
                 const std::optional<ModelCard>& card,
                 const std::optional<ModelMemory>& memory) {
    answer("{}\n  layout         {}\n  family         {}\n",
           model.path.string(),
           model.layout,
           model.family.empty() ? "unknown" : model.family);
    for (const InspectedPart& part : model.parts) {
        answer("  {:<14} {}", part.name, part.class_name);
        if (part.tensors > 0) {
            answer(", {:.2f} million parameters, {}, {} names",
                   static_cast<double>(part.parameters) / 1e6,
                   bytes_text(static_cast<std::int64_t>(part.bytes)),
                   part.names);
            for (const auto& [type, bytes] : part.types) {
                answer(", {} {}", type, bytes_text(static_cast<std::int64_t>(bytes)));
            }
        }
        answer("\n");
        if (part.is_coded) answer("    coded        16 bits a number after `models import`\n");
        if (!part.left_out.empty()) answer("    not used     {}\n", part.left_out);
        if (!part.fault.empty()) answer("    BROKEN       {}\n", part.fault);
    }
    answer("  missing        {}\n",
           model.missing.empty() ? "nothing" : fmt::format("{}", fmt::join(model.missing, ", ")));
    for (const std::string& why : model.unread) answer("  not read       {}\n", why);
    if (card) answer("{}", night_use_text(*card));
    if (memory) answer("{}", text_of(*memory));
    answer("  licence        {}\n", card ? card->licence : "no card");
    answer("  training data  {}\n", card ? card->training_data : "no card");
}

int inspect(const Surroundings& surroundings, const Asked& asked) {
    const fs::path path = find_model(surroundings, asked.model);
    const InspectedModel model = inspect_model(path);
    const std::optional<ModelCard> card = card_of(path);
    const std::optional<ModelMemory> memory = memory_of(model, card, clip_of(asked));
    if (asked.as_json) {
        answer("{}\n", json_of(model, card, memory).dump(2));
    } else {
        print_model(model, card, memory);
    }
    const bool is_broken = std::ranges::any_of(
        model.parts, [](const InspectedPart& part) { return !part.fault.empty(); });
    return is_broken ? exit_code_of(ErrorKind::bad_input) : 0;
}

int check_model(const Surroundings& surroundings, const Asked& asked) {
    const fs::path path = find_model(surroundings, asked.model);
    const std::optional<ModelCard> card = card_of(path);
    const ModelCheck check = check_model_folder(surroundings, path, card);
    const std::optional<ModelMemory> memory = memory_of(check.model, card, clip_of(asked));
    json report = json_of(check.model, card, memory);
    report["files"] = json::array();
    for (const CheckedFile& file : check.files) {
        report["files"].push_back({{"path", file.path}, {"fault", file.fault}});
        if (asked.as_json) continue;
        answer("{} {}{}\n",
               file.fault.empty() ? "ok     " : "CHANGED",
               file.path,
               file.fault.empty() ? "" : ": " + file.fault);
    }
    report["whole"] = check.is_well();
    report["engine_not_asked"] = check.engine_not_asked;
    if (asked.as_json) {
        answer("{}\n", report.dump(2));
    } else {
        print_model(check.model, card, memory);
        if (!card) answer("no card: headers were checked, file contents could not be\n");
        if (!check.engine_not_asked.empty()) {
            answer("the networks were not opened: {}\n", check.engine_not_asked);
        } else if (check.model.is_whole()) {
            answer("the engine opens every network\n");
        }
    }
    if (!check.files_are_same()) return exit_code_of(ErrorKind::corrupt);
    return check.model.is_whole() ? 0 : exit_code_of(ErrorKind::bad_input);
}

GivenParts given_parts(const Asked& asked) {
    if (!asked.high_noise.empty() && asked.low_noise.empty()) {
        throw Error(ErrorKind::usage,
                    "--high-noise requires --low-noise; use --transformer for a model with one "
                    "transformer");
    }
    return {.transformer = asked.transformer.empty() ? asked.high_noise : asked.transformer,
            .low_noise = asked.low_noise,
            .control_module = asked.vace_module,
            .text_encoder = asked.text_encoder,
            .vae = asked.vae,
            .image_encoder = asked.clip_vision,
            .tokenizer = asked.tokenizer,
            .family = asked.family};
}

// What `models check` would say of it afterwards is an error before the model is there. The folder
// in which it was made is gone by then: `name` stands for it.
void refuse_broken(const InspectedModel& model, const std::string& name) {
    for (const InspectedPart& part : model.parts) {
        if (part.fault.empty()) continue;
        std::string fault = part.fault;
        const std::string made = model.path.string();
        for (std::size_t at = fault.find(made); at != std::string::npos; at = fault.find(made)) {
            fault.replace(at, made.size(), name);
        }
        throw Error(ErrorKind::bad_input,
                    fmt::format("nothing was imported: {}: {}", part.name, fault));
    }
}

int import(const Surroundings& surroundings, const Asked& asked) {
    const fs::path source = find_model(surroundings, asked.model);
    // Configurations of diffusers are taken as they are, others are made.
    const std::string named =
        fs::exists(source / "model_index.json") ? source.string() : "as imported";
    const ImportedModel imported =
        import_model({.source = source,
                      .given = given_parts(asked),
                      .target = asked.to,
                      .licence = asked.licence,
                      .training_data = asked.training_data,
                      .verify = [&](const fs::path& folder) {
                          const ModelCheck check = check_model_folder(surroundings, folder, {});
                          refuse_broken(check.model, named);
                          return check.engine_not_asked;
                      }});
    const fs::path target = fs::absolute(asked.to).lexically_normal();
    const InspectedModel model = inspect_model(target);
    const std::optional<ModelCard> card = card_of(target);
    const std::optional<ModelMemory> memory = memory_of(model, card, clip_of(asked));
    if (asked.as_json) {
        json report = json_of(model, card, memory);
        report["engine_not_asked"] = imported.not_verified;
        report["left_out"] = imported.left_out;
        answer("{}\n", report.dump(2));
        return 0;
    }
    print_model(model, card, memory);
    for (const auto& [part, what] : imported.left_out) {
        answer("skipped in the {}: {} that the model does not use\n", part, what);
    }
    if (imported.not_verified.empty()) {
        answer("the engine opens every network\n");
    } else {
        answer("the networks were not opened: {}\n", imported.not_verified);
    }
    if (asked.licence.empty()) {
        answer("the licence is unknown: look it up and write it into {}\n",
               (target / model_card_file).string());
    }
    return 0;
}

using Action = int (*)(const Surroundings&, const Asked&);

Command action_command(const Surroundings& surroundings,
                       const std::shared_ptr<Asked>& asked,
                       const std::string& name,
                       const char* meaning,
                       Action action) {
    Command command{.name = name, .meaning = meaning, .run = [asked, action, &surroundings] {
                        return action(surroundings, *asked);
                    }};
    if (name != "list") {
        command.options.push_back({.names = "model",
                                   .target = &asked->model,
                                   .meaning = "model folder or name of an installed model",
                                   .value = "MODEL",
                                   .required = true});
    }
    command.options.push_back(json_option(asked->as_json));
    return command;
}

// Of files that contents cannot tell apart, or that lie elsewhere.
std::vector<Option> part_options(Asked& asked) {
    return {{.names = "--transformer",
             .target = &asked.transformer,
             .meaning = "transformer to import, instead of the one found in MODEL",
             .value = "FILE"},
            {.names = "--high-noise",
             .target = &asked.high_noise,
             .meaning = "Wan2.2 expert for high noise; requires --low-noise",
             .value = "FILE",
             .excludes = "--transformer"},
            {.names = "--low-noise",
             .target = &asked.low_noise,
             .meaning = "Wan2.2 expert for low noise",
             .value = "FILE"},
            {.names = "--vace-module",
             .target = &asked.vace_module,
             .meaning = "VACE module to add to a text-to-video transformer",
             .value = "FILE"},
            {.names = "--text-encoder",
             .target = &asked.text_encoder,
             .meaning = "UMT5 text encoder to import",
             .value = "FILE"},
            {.names = "--vae",
             .target = &asked.vae,
             .meaning = "autoencoder to import",
             .value = "FILE"},
            {.names = "--clip-vision",
             .target = &asked.clip_vision,
             .meaning = "CLIP image encoder to import",
             .value = "FILE"},
            {.names = "--tokenizer",
             .target = &asked.tokenizer,
             .meaning = "folder of the tokenizer (spiece.model)",
             .value = "DIR"},
            {.names = "--family",
             .target = &asked.family,
             .meaning = "family of SkyReels-V2 files that are not in the diffusers layout",
             .value = "NAME",
             .choices = {families_to_state.begin(), families_to_state.end()}}};
}

}  // namespace

Command models_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<Asked>();
    const auto make = [&](const char* name, const char* meaning, Action action) {
        return action_command(surroundings, asked, name, meaning, action);
    };
    Command list = make("list", "list installed models", list_models);
    list.example = "nightreel models list";
    Command inspect_one =
        make("inspect", "show what a model folder or weights file contains", inspect);
    inspect_one.example = "nightreel models inspect toybox --size 96x64 --frames 48";
    inspect_one.options.push_back({.names = "--size",
                                   .target = &asked->size,
                                   .meaning = "picture size for the memory estimate",
                                   .value = "WxH"});
    inspect_one.options.push_back({.names = "--frames",
                                   .target = &asked->frames,
                                   .meaning = "clip length in frames for the memory estimate",
                                   .value = "N",
                                   .limits = {1, take_frames_max}});
    Command check =
        make("check", "verify every file of a model and open every network", check_model);
    check.example = "nightreel models check toybox";
    Command import_one =
        make("import", "convert a model to safetensors in the diffusers layout", import);
    import_one.example =
        "nightreel models import Wan2.1-T2V-1.3B --to models/wan2.1-t2v-1.3b --licence Apache-2.0";
    const std::vector<Option> own = {
        {.names = "--to",
         .target = &asked->to,
         .meaning = "folder to create; its name becomes the name of the model",
         .value = "DIR",
         .required = true},
        {.names = "--licence",
         .target = &asked->licence,
         .meaning = "SPDX identifier of the licence, for the card",
         .value = "NAME"},
        {.names = "--training-data",
         .target = &asked->training_data,
         .meaning = "one sentence about the training data, for the card",
         .value = "TEXT"}};
    import_one.options.insert(import_one.options.end(), own.begin(), own.end());
    const std::vector<Option> parts = part_options(*asked);
    import_one.options.insert(import_one.options.end(), parts.begin(), parts.end());
    return {.name = "models",
            .meaning = "list, inspect, check and import models",
            .commands = {
                std::move(list), std::move(inspect_one), std::move(check), std::move(import_one)}};
}

}  // namespace nightreel::cli

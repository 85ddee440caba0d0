#include "pipeline/checkpoint/layout/found_parts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/layout/file_scan.h"
#include "pipeline/checkpoint/layout/original_layout.h"
#include "pipeline/checkpoint/layout/tokenizer_files.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

// Of a part, as messages and model_index.json name it.
struct PartKind {
    NetworkKind kind;
    const char* option;
    const char* words;
    ModelPart part;
};

const PartKind& facts_of(NetworkKind kind) {
    static const std::array<PartKind, 5> all{
        {{NetworkKind::transformer, "--transformer", "a Wan transformer", {}},
         {NetworkKind::control_module, "--vace-module", "a VACE module", {}},
         {NetworkKind::vae, "--vae", "a Wan autoencoder", {"diffusers", "AutoencoderKLWan"}},
         {NetworkKind::text_encoder,
          "--text-encoder",
          "a UMT5 text encoder",
          {"transformers", "UMT5EncoderModel"}},
         {NetworkKind::image_encoder,
          "--clip-vision",
          "a CLIP image encoder",
          {"transformers", "CLIPVisionModel"}}}};
    return *std::ranges::find(all, kind, &PartKind::kind);
}

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorKind::bad_input, what);
}

std::vector<std::string> paths_of(const std::vector<const ScannedNetwork*>& candidates) {
    std::vector<std::string> paths;
    for (const ScannedNetwork* one : candidates) paths.push_back(one->place.path.string());
    return paths;
}

std::vector<const ScannedNetwork*> all_of(const FileScan& scan, NetworkKind kind) {
    std::vector<const ScannedNetwork*> found;
    for (const ScannedNetwork& one : scan.networks) {
        if (one.kind == kind) found.push_back(&one);
    }
    return found;
}

std::int64_t size_of(const StoredPart& part, std::string_view name, std::size_t dimension) {
    const StoredPart::Place* place = part.find(name);
    const bool is_there = place != nullptr && place->tensor.shape.size() > dimension;
    return is_there ? place->tensor.shape[dimension] : 0;
}

// What of a transformer the other parts must fit.
struct Needs {
    std::int64_t latent_channels = 0;
    std::int64_t image_width = 0;  // of the image encoder; 0: none is used
};

Needs needs_of(const PartPlace& transformer) {
    const StoredPart part(transformer, "diffusion_pytorch_model");
    const StoredPart::Place* head = part.find("proj_out.weight");
    constexpr std::int64_t patch_cells = 4;
    Needs needs;
    if (head != nullptr && !head->tensor.shape.empty()) {
        needs.latent_channels = head->tensor.shape[0] / patch_cells;
    }
    needs.image_width = size_of(part, "condition_embedder.image_embedder.norm1.weight", 0);
    return needs;
}

bool have_equal_shapes(const StoredPart& a, const StoredPart& b) {
    return a.places().size() == b.places().size() &&
           std::ranges::equal(a.places(), b.places(), [](const auto& one, const auto& other) {
               return one.first == other.first &&
                      one.second.tensor.shape == other.second.tensor.shape;
           });
}

struct Transformers {
    std::optional<PartPlace> one;
    std::optional<PartPlace> low_noise;
};

Transformers pair_of(const ScannedNetwork& a, const ScannedNetwork& b) {
    const ExpertWord first = expert_word_of(a.place.path);
    const ExpertWord second = expert_word_of(b.place.path);
    const bool are_pair = have_equal_shapes(a.stored, b.stored);
    if (are_pair && first == ExpertWord::high && second == ExpertWord::low)
        return {a.place, b.place};
    if (are_pair && first == ExpertWord::low && second == ExpertWord::high)
        return {b.place, a.place};
    if (are_pair) {
        refuse(
            fmt::format("{} and {} have the same shapes, and their names do not say which "
                        "expert each is; name them with --high-noise FILE --low-noise FILE, or "
                        "one alone with --transformer FILE",
                        a.place.path.string(),
                        b.place.path.string()));
    }
    refuse(
        fmt::format("{} and {} are transformers of different models; name one with "
                    "--transformer FILE",
                    a.place.path.string(),
                    b.place.path.string()));
}

Transformers transformers_in(const FileScan& scan) {
    const std::vector<const ScannedNetwork*> found = all_of(scan, NetworkKind::transformer);
    if (found.empty()) return {};
    if (found.size() == 2) return pair_of(*found[0], *found[1]);
    if (found.size() > 2) {
        refuse(
            fmt::format("{} transformers: {}; name one with --transformer FILE, or a pair with "
                        "--high-noise FILE --low-noise FILE",
                        found.size(),
                        fmt::join(paths_of(found), ", ")));
    }
    return {found[0]->place, {}};
}

// Nothing where no file of the kind fits.
std::optional<PartPlace> choose(const FileScan& scan,
                                NetworkKind kind,
                                const std::function<bool(const StoredPart&)>& fits) {
    std::vector<const ScannedNetwork*> found = all_of(scan, kind);
    std::erase_if(found, [&](const ScannedNetwork* one) { return !fits(one->stored); });
    if (found.empty()) return {};
    if (found.size() == 1) return found[0]->place;
    refuse(fmt::format("several files hold {}: {}; name one with {} FILE",
                       facts_of(kind).words,
                       fmt::join(paths_of(found), ", "),
                       facts_of(kind).option));
}

void add_part(ModelFolder& folder, NetworkKind kind, PartPlace place) {
    const std::string name(part_name_of(kind));
    folder.parts[name] = facts_of(kind).part;
    folder.places[name] = std::move(place);
}

void add_tokenizer(ModelFolder& folder, PartPlace place) {
    folder.parts["tokenizer"] = {"transformers", "T5TokenizerFast"};
    folder.places["tokenizer"] = std::move(place);
}

// A text encoder may bring its own. One that cannot be opened is complained of where it is used.
void add_tokenizer_of_text_encoder(ModelFolder& folder) {
    if (!folder.has("text_encoder")) return;
    const PartPlace place = folder.places["text_encoder"];
    try {
        if (brings_tokenizer(StoredPart(place, "model"))) add_tokenizer(folder, place);
    } catch (const Error&) {
        return;
    }
}

void add_other_parts(ModelFolder& folder, const FileScan& scan, const Needs& needs) {
    const auto add = [&](NetworkKind kind, const std::function<bool(const StoredPart&)>& fits) {
        if (folder.has(std::string(part_name_of(kind)))) return;
        if (auto place = choose(scan, kind, fits)) add_part(folder, kind, *std::move(place));
    };
    add(NetworkKind::vae, [&](const StoredPart& part) {
        return needs.latent_channels == 0 ||
               size_of(part, "post_quant_conv.weight", 0) == needs.latent_channels;
    });
    add(NetworkKind::text_encoder, [](const StoredPart&) { return true; });
    if (needs.image_width > 0) {
        add(NetworkKind::image_encoder, [&](const StoredPart& part) {
            return size_of(part, "vision_model.embeddings.patch_embedding.weight", 0) ==
                   needs.image_width;
        });
    }
    if (folder.has("tokenizer")) return;
    if (scan.tokenizers.size() > 1) {
        refuse(fmt::format("{} and {} are both tokenizers; name one with --tokenizer FOLDER",
                           scan.tokenizers[0].string(),
                           scan.tokenizers[1].string()));
    }
    if (scan.tokenizers.size() == 1) {
        add_tokenizer(folder, scan.tokenizers[0]);
    } else {
        add_tokenizer_of_text_encoder(folder);
    }
}

// The place of a network that the user named, which must be of the kind.
PartPlace given_place(const fs::path& path, NetworkKind kind) {
    const PartKind& facts = facts_of(kind);
    if (fs::is_directory(path)) return path;
    if (!fs::exists(path)) {
        const std::string absence = absence_of(path);
        refuse(fmt::format("{} {}: {}",
                           facts.option,
                           path.string(),
                           absence.empty() ? "no such file or folder" : absence));
    }
    FileScan scan = scan_file(path);
    for (ScannedNetwork& one : scan.networks) {
        if (one.kind == kind) return std::move(one.place);
    }
    if (!scan.unread.empty()) refuse(scan.unread.front());
    std::vector<std::string_view> words;
    for (const ScannedNetwork& one : scan.networks) words.emplace_back(facts_of(one.kind).words);
    refuse(fmt::format("{} {}: expected {}, but the file holds {}",
                       facts.option,
                       path.string(),
                       facts.words,
                       words.empty() ? "no network that is known here"
                                     : fmt::format("{}", fmt::join(words, ", "))));
}

void add_module(PartPlace& transformer, const PartPlace& module) {
    const std::string_view name = "patch_embedding.weight";
    const std::int64_t base = size_of(StoredPart(transformer, "diffusion_pytorch_model"), name, 0);
    const StoredPart blocks(module, "");
    const std::int64_t width = size_of(blocks, fmt::format("vace_{}", name), 0);
    if (width != base) {
        blocks.refuse(fmt::format("a VACE module for transformers of width {}, but {} has width {}",
                                  width,
                                  transformer.path.string(),
                                  base));
    }
    transformer.module = module.path;
}

void add_given(ModelFolder& folder, const GivenParts& given) {
    const auto add = [&](NetworkKind kind, const fs::path& path) {
        if (!path.empty()) add_part(folder, kind, given_place(path, kind));
    };
    add(NetworkKind::vae, given.vae);
    add(NetworkKind::text_encoder, given.text_encoder);
    add(NetworkKind::image_encoder, given.image_encoder);
    if (!given.text_encoder.empty()) add_tokenizer_of_text_encoder(folder);
    if (given.tokenizer.empty()) return;
    if (!is_tokenizer_folder(given.tokenizer)) {
        refuse(fmt::format("--tokenizer {}: expected a folder that contains spiece.model",
                           given.tokenizer.string()));
    }
    add_tokenizer(folder, given.tokenizer);
}

// Those that the user named before those that were found.
Transformers transformers_of(const ModelFolder& known,
                             const FileScan& scan,
                             const GivenParts& given) {
    Transformers chosen;
    if (!given.transformer.empty()) {
        chosen.one = given_place(given.transformer, NetworkKind::transformer);
    } else if (known.has("transformer")) {
        chosen.one = known.place_of("transformer");
    } else {
        chosen = transformers_in(scan);
    }
    if (!given.low_noise.empty()) {
        chosen.low_noise = given_place(given.low_noise, NetworkKind::transformer);
    } else if (known.has("transformer_2")) {
        chosen.low_noise = known.place_of("transformer_2");
    }
    return chosen;
}

void refuse_half_a_pair(const Transformers& chosen, const GivenParts& given) {
    if (!chosen.one || chosen.low_noise || !given.transformer.empty()) return;
    const fs::path& file = chosen.one->path;
    const ExpertWord expert = expert_word_of(file);
    if (expert == ExpertWord::none || fs::is_directory(file)) return;
    refuse(
        fmt::format("{}: by its name the expert for {} noise of two; name both with "
                    "--high-noise FILE --low-noise FILE, or this one alone with --transformer "
                    "FILE",
                    file.string(),
                    expert == ExpertWord::high ? "high" : "low"));
}

bool has_control(const PartPlace& transformer) {
    return StoredPart(transformer, "diffusion_pytorch_model")
        .contains("vace_patch_embedding.weight");
}

void add_control(Transformers& chosen, const FileScan& scan, const GivenParts& given) {
    std::optional<PartPlace> module;
    if (!given.control_module.empty()) {
        module = given_place(given.control_module, NetworkKind::control_module);
    } else if (given.transformer.empty() && !(chosen.one && has_control(*chosen.one))) {
        module = choose(scan, NetworkKind::control_module, [](const StoredPart&) { return true; });
    }
    if (!module) return;
    if (!chosen.one) {
        refuse(
            fmt::format("{}: a VACE module without its text-to-video transformer; name that "
                        "with --transformer FILE",
                        module->path.string()));
    }
    if (chosen.low_noise) {
        refuse(
            fmt::format("{}: a VACE module for a model of two experts is not supported; name "
                        "one transformer with --transformer FILE",
                        module->path.string()));
    }
    add_module(*chosen.one, *module);
}

// Which model of the family it is, where shapes do not tell.
void state_family(ModelFolder& folder, Transformers& chosen, const std::string& family) {
    if (!chosen.one) return;
    const bool is_called_so = is_called_skyreels(chosen.one->path) &&
                              !fs::is_directory(chosen.one->path) &&
                              folder.pipeline_class.starts_with("Wan");
    if (family.empty() && is_called_so) {
        refuse(
            fmt::format("{}: by its name a SkyReels-V2 model, which is sampled in another way "
                        "than Wan 2.1 and has the same shapes; name it with --family: {}",
                        chosen.one->path.string(),
                        fmt::join(families_to_state, ", ")));
    }
    if (!family.starts_with("skyreels")) return;
    chosen.one->is_skyreels = true;
    add_transformers(folder, *chosen.one, {});
    if (family == "skyreels-v2-t2v") folder.pipeline_class = "SkyReelsV2Pipeline";
    const bool sees_image = folder.pipeline_class == "SkyReelsV2ImageToVideoPipeline";
    if (sees_image == (family == "skyreels-v2-i2v")) return;
    refuse(
        fmt::format("{}: the transformer has {} picture channels: it is no model of the family "
                    "{}",
                    chosen.one->path.string(),
                    sees_image ? "the" : "no",
                    family));
}

[[noreturn]] void refuse_no_model(const fs::path& path, const FileScan& scan) {
    const std::string why = scan.unread.empty()
                                ? std::string()
                                : fmt::format("; not read: {}", fmt::join(scan.unread, "; "));
    refuse(fmt::format(
        "{}: not a model: neither model_index.json (diffusers layout) nor files of a Wan "
        "transformer, text encoder or autoencoder{}",
        path.string(),
        why));
}

}  // namespace

ModelFolder find_model_parts(const fs::path& path, const GivenParts& given) {
    const bool is_folder = fs::is_directory(path);
    ModelFolder folder;
    if (is_folder && fs::exists(path / "model_index.json")) {
        folder = open_model_index(path);
    } else if (auto original = is_folder ? find_original_layout(path) : std::nullopt) {
        folder = *std::move(original);
    } else {
        folder.path = path;
        folder.layout = ModelLayout::files;
        folder.options = nlohmann::json::object();
    }
    FileScan scan;
    if (!is_folder) {
        scan = scan_file(path);
    } else if (folder.layout != ModelLayout::diffusers) {
        scan = scan_folder(path);
    }
    const bool keeps_transformers = folder.has("transformer") && given.transformer.empty() &&
                                    given.low_noise.empty() && given.control_module.empty() &&
                                    given.family.empty();
    if (!keeps_transformers) {
        Transformers chosen = transformers_of(folder, scan, given);
        refuse_half_a_pair(chosen, given);
        add_control(chosen, scan, given);
        if (chosen.one) add_transformers(folder, *chosen.one, chosen.low_noise);
        state_family(folder, chosen, given.family);
    }
    add_given(folder, given);
    if (folder.layout == ModelLayout::diffusers) return folder;
    const Needs needs =
        folder.has("transformer") ? needs_of(folder.place_of("transformer")) : Needs{};
    add_other_parts(folder, scan, needs);
    if (folder.parts.empty()) refuse_no_model(path, scan);
    folder.unread = std::move(scan.unread);
    return folder;
}

}  // namespace nightreel

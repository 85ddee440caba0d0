#include "shotspec/card/read_model_card.h"

#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/card/noise_levels.h"
#include "shotspec/describe/canonical_text.h"
#include "shotspec/yaml/field_reader.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Complaints about a card's values that its description alone cannot make.
class CardChecker {
  public:
    CardChecker(const ModelCard& card, const Places& places, Complaints& complaints)
        : card_(card), places_(places), complaints_(complaints) {}

    void check(const std::string& folder_name) {
        if (card_.name != folder_name) {
            complain(
                "name",
                fmt::format("{} differs from the name of its folder, {}", card_.name, folder_name));
        }
        const ModelWindow& window = card_.window;
        const bool ordered = window.latent_frames_min <= window.latent_frames &&
                             window.latent_frames <= window.latent_frames_max;
        if (!ordered) {
            complain("window",
                     "latent_frames must be between latent_frames_min and latent_frames_max");
        }
        if (window.overlap >= window.latent_frames) {
            complain("window.overlap", "must be less than latent_frames");
        }
        check_step_cache();
        check_forcing();
        check_pictures_between();
        check_interval("draft.guidance_interval", card_.draft);
        check_interval("final.guidance_interval", card_.final);
        for (std::size_t i = 0; i < card_.files.size(); ++i) check_file(i);
        for (std::size_t i = 0; i < card_.vocabulary.size(); ++i) check_word(i);
    }

  private:
    void complain(const std::string& path, std::string message) {
        complaints_.add(places_.of(path), path, std::move(message));
    }

    void check_pictures_between() {
        if (!card_.pictures_between || *card_.pictures_between == PictureUse::refused) return;
        if (*card_.pictures_between == PictureUse::taken &&
            continuation_of(card_) == Continuation::latents) {
            return;
        }
        complain("pictures_between",
                 "expected refused, or taken for a model that continues from "
                 "latents (history: true)");
    }

    void check_step_cache() {
        const std::size_t count = card_.step_cache.coefficients.size();
        if (count != 0 && count != step_cache_coefficients) {
            complain("step_cache.coefficients",
                     fmt::format("{} coefficients: expected {}, highest power first",
                                 count,
                                 step_cache_coefficients));
        }
        const auto check_use = [&](const char* path, const SamplingSettings& sampling) {
            if (sampling.step_cache <= 0 || count > 0) return;
            complain(path, "requires step_cache.coefficients in the same card");
        };
        check_use("draft.step_cache", card_.draft);
        check_use("final.step_cache", card_.final);
    }

    void check_interval(const char* path, const SamplingSettings& sampling) {
        const std::string problem = interval_problem(sampling);
        if (!problem.empty()) complain(path, problem);
    }

    void check_forcing() {
        if (card_.draft.forcing.has_value() != card_.final.forcing.has_value()) {
            complain(card_.draft.forcing ? "draft.forcing" : "final.forcing",
                     "is set in only one of draft and final; set it in both or in neither");
        }
        check_forcing("draft", card_.draft);
        check_forcing("final", card_.final);
    }

    void check_forcing(const std::string& recipe, const SamplingSettings& sampling) {
        if (!sampling.forcing) return;
        for (const std::string& problem : lag_problems(sampling)) {
            complain(recipe + ".forcing.lag", problem);
        }
        const std::int32_t block = sampling.forcing->block;
        const auto check_whole = [&](const char* path, std::int32_t latents) {
            if (latents % block == 0) return;
            complain(
                path,
                fmt::format(
                    "{} latent frames are not a multiple of the block length {} ({}.forcing.block)",
                    latents,
                    block,
                    recipe));
        };
        check_whole("window.latent_frames", card_.window.latent_frames);
        check_whole("window.overlap", card_.window.overlap);
    }

    // Words of prompts are compared in lower case, one after the other.
    void check_word(std::size_t index) {
        const std::string& word = card_.vocabulary[index];
        const auto is_wrong = [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); };
        if (!word.empty() && std::none_of(word.begin(), word.end(), is_wrong)) return;
        complain(fmt::format("vocabulary[{}]", index),
                 fmt::format("invalid word '{}': expected one word in lower case", word));
    }

    void check_file(std::size_t index) {
        const std::string path = fmt::format("files[{}].path", index);
        const fs::path file = card_.files[index].path;
        const bool leaves_folder =
            file.is_absolute() || std::find(file.begin(), file.end(), "..") != file.end();
        if (leaves_folder) {
            complain(path, "must be inside the model's folder");
            return;
        }
        std::error_code error;
        const std::uintmax_t bytes = fs::file_size(fs::path(card_.folder) / file, error);
        if (error) {
            complain(path, fmt::format("{} is missing; install the model again", file.string()));
        } else if (bytes == 0) {
            complain(path, fmt::format("{} is empty; install the model again", file.string()));
        }
    }

    const ModelCard& card_;
    const Places& places_;
    Complaints& complaints_;
};

// Models of this family are sampled so by their authors' programs; cards written before they could
// say it say nothing.
void add_forcing(ModelCard& card) {
    if (card.family != forcing_family) return;
    for (SamplingSettings* const sampling : {&card.draft, &card.final}) {
        if (!sampling->forcing) sampling->forcing.emplace();
    }
}

// Levels that are listed one by one are as many steps.
void complete_sampling(const std::string& preset,
                       SamplingSettings& sampling,
                       const Places& places,
                       Complaints& complaints) {
    const auto path_of = [&](std::string_view field) {
        return fmt::format("{}.{}", preset, field);
    };
    const auto is_written = [&](std::string_view field) { return places.has(path_of(field)); };
    for (LevelProblem& problem : complete_levels(sampling, is_written)) {
        const std::string path = path_of(problem.field);
        complaints.add(places.of(path), path, std::move(problem.message));
    }
}

}  // namespace

std::vector<InstalledModel> find_models(const std::vector<fs::path>& roots) {
    std::map<std::string, fs::path> found;
    for (const fs::path& root : roots) {
        std::error_code error;
        for (fs::directory_iterator at(root, error), end; !error && at != end;
             at.increment(error)) {
            std::error_code no_card;
            if (!fs::is_regular_file(at->path() / model_card_file, no_card)) continue;
            found.emplace(at->path().filename().string(), at->path());
        }
    }
    std::vector<InstalledModel> folders;
    for (const auto& [name, path] : found) folders.push_back({name, path});
    return folders;
}

std::vector<fs::path> model_roots(const VariableLookup& variable,
                                  const std::vector<fs::path>& built_in) {
    std::vector<fs::path> roots;
    const std::string named = variable ? variable("NIGHTREEL_MODELS").value_or("") : "";
    std::size_t begin = 0;
    while (begin < named.size()) {
        const std::size_t end = std::min(named.find(':', begin), named.size());
        if (end > begin) roots.emplace_back(named.substr(begin, end - begin));
        begin = end + 1;
    }
    roots.insert(roots.end(), built_in.begin(), built_in.end());
    return roots;
}

ModelCard read_model_card(const InstalledModel& folder, Complaints& complaints) {
    ModelCard card;
    Complaints found;
    const DocumentSource source{folder.path / model_card_file, {}, {}};
    const YamlNode root = load_single_document(source, found);
    Places places;
    if (root.kind != YamlNode::Kind::nothing) {
        ReadContext context{found, places};
        read_fields(root, card, context);
        add_forcing(card);
        for (auto [name, sampling] : {std::pair{"draft", &card.draft}, {"final", &card.final}}) {
            complete_sampling(name, *sampling, places, found);
        }
    }
    if (!found.has_errors()) {
        card.folder = fs::absolute(folder.path).lexically_normal().string();
        CardChecker(card, places, found).check(folder.name);
    }
    card.digest = digest_of(canonical_text(card));
    complaints.append(found);
    return card;
}

ModelCard read_model_card(const fs::path& folder) {
    const fs::path absolute = fs::weakly_canonical(folder);
    Complaints complaints;
    ModelCard card = read_model_card({absolute.filename().string(), absolute}, complaints);
    if (complaints.has_errors()) {
        throw Error(ErrorKind::bad_input, text_of(complaints.sorted()));
    }
    return card;
}

}  // namespace nightreel

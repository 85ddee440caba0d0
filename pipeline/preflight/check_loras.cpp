#include "pipeline/preflight/check_loras.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/lora_fit.h"
#include "pipeline/checkpoint/layout/model_folder.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> experts{"transformer", "transformer_2"};

struct Network {
    std::string folder;
    LoraPlaces places;
};

struct Networks {
    std::vector<Network> experts;
    std::string problem;  // why they could not be read; empty: they could
};

Networks networks_in(const fs::path& folder) {
    Networks networks;
    try {
        const ModelFolder model = open_model_folder(folder);
        for (const char* expert : experts) {
            if (!model.has(expert)) continue;
            const fs::path location = model.folder_of(expert);
            networks.experts.push_back(
                {location.string(), lora_places(StoredPart(location, "diffusion_pytorch_model"))});
        }
    } catch (const Error& error) {
        networks.problem = error.what();
    }
    return networks;
}

// Whether the expert is given the LoRA in any segment; one that is silent is not opened there.
bool acts_in(const ResolvedLora& asked, std::size_t expert) {
    if ((expert == 0 ? asked.lora.high : asked.lora.low) == 0) return false;
    const auto is_zero = [](double factor) { return factor == 0; };
    return asked.by_segment.empty() || !std::ranges::all_of(asked.by_segment, is_zero);
}

// Of one file in one network.
struct Fit {
    std::vector<std::string> image_branch;  // keys that the network does without
    std::vector<std::string> text_encoder;  // keys that are not the network's
    std::size_t keys = 0;                   // of the file
    std::string problem;                    // empty: it fits
};

class LoraCheck {
  public:
    explicit LoraCheck(NightDocument& document) : document_(document) {}

    void look(ResolvedLora& asked, const ModelCard& card) {
        const Place place = document_.places.of(asked.written_at);
        const Networks& networks = networks_of(card);
        const std::string name = fs::path(asked.lora.path).filename().string();
        if (!networks.problem.empty()) {
            document_.complaints.warn(
                place,
                asked.written_at,
                fmt::format(
                    "{} cannot be checked against {}: {}", name, card.name, networks.problem));
            return;
        }
        for (std::size_t expert = 0; expert < networks.experts.size(); ++expert) {
            if (!acts_in(asked, expert)) continue;
            const Fit& fit = fit_of(asked.lora.path, networks.experts[expert]);
            if (!fit.problem.empty()) {
                document_.complaints.add(
                    place, asked.written_at, fmt::format("{}: {}", name, fit.problem));
                return;
            }
            const std::size_t left_out = fit.image_branch.size() + fit.text_encoder.size();
            if (left_out == 0 || asked.left_out_keys) continue;
            asked.left_out_keys = static_cast<std::int64_t>(left_out);
            const auto warn = [&](const std::vector<std::string>& keys, const std::string& why) {
                if (keys.empty()) return;
                document_.complaints.warn(
                    place,
                    asked.written_at,
                    fmt::format("{}: {} of its {} keys have no effect: they belong to {}: {}",
                                name,
                                keys.size(),
                                fit.keys,
                                why,
                                listed_keys(keys)));
            };
            warn(fit.image_branch,
                 fmt::format("the image branch of an image-to-video model, which {} does not have",
                             card.name));
            warn(fit.text_encoder, "a text encoder, to which LoRAs are not applied");
        }
    }

  private:
    const Networks& networks_of(const ModelCard& card) {
        const auto known = networks_.find(card.name);
        if (known != networks_.end()) return known->second;
        return networks_[card.name] = networks_in(card.folder);
    }

    // Every shot asks the same question of its defaults.
    const Fit& fit_of(const std::string& file, const Network& network) {
        const auto [known, is_new] = fits_.emplace(std::tuple(file, network.folder), Fit{});
        if (!is_new) return known->second;
        try {
            const LoraFile lora(file);
            known->second = {require_lora_fits(lora, network.places, network.folder),
                             lora.text_encoder_keys(),
                             lora.stored().tensors().size(),
                             {}};
        } catch (const Error& error) {
            // The complaint names the file already.
            const std::string_view what = error.what();
            const std::string label = file + ": ";
            known->second.problem = what.starts_with(label) ? what.substr(label.size()) : what;
        }
        return known->second;
    }

    NightDocument& document_;
    std::map<std::string, Networks> networks_;
    std::map<std::tuple<std::string, std::string>, Fit> fits_;
};

}  // namespace

void check_loras(NightDocument& document, ResolvedNight& night) {
    LoraCheck check(document);
    for (ResolvedShot& shot : night.shots) {
        const auto card = std::ranges::find(night.models, shot.model, &ModelCard::name);
        if (card == night.models.end()) continue;
        for (ResolvedLora& asked : shot.loras) check.look(asked, *card);
    }
}

}  // namespace nightreel

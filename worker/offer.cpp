#include "worker/offer.h"

#include <algorithm>
#include <system_error>
#include <tuple>

#include "shotspec/base/error.h"
#include "shotspec/base/utf8.h"
#include "shotspec/card/read_model_card.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t fault_bytes_max = 500;  // of a model

// A card that cannot be read has no digest to be asked for by: it is left out.
wire::OfferedModel offered(const InstalledModel& installed) {
    try {
        const ModelCard card = read_model_card(installed.path);
        return {installed.name, card.digest, ""};
    } catch (const Error& error) {
        return {installed.name, {}, utf8_head(error.what(), fault_bytes_max)};
    }
}

}  // namespace

bool is_same(const wire::Offers& a, const wire::Offers& b) {
    const auto same_model = [](const wire::OfferedModel& one, const wire::OfferedModel& other) {
        return std::tie(one.name, one.digest, one.fault) ==
               std::tie(other.name, other.digest, other.fault);
    };
    return a.device_class == b.device_class && a.fault == b.fault &&
           std::equal(
               a.models.begin(), a.models.end(), b.models.begin(), b.models.end(), same_model);
}

std::vector<wire::OfferedModel> ModelShelf::models() {
    std::vector<wire::OfferedModel> models;
    std::map<fs::path, Seen> seen;
    // Also a model that an earlier root hides by its name: an order names its digest.
    for (const std::string& root : roots_) {
        for (const InstalledModel& installed : find_models({fs::path(root)})) {
            if (models.size() == wire::models_max) break;
            const fs::path card = installed.path / model_card_file;
            std::error_code gone;
            const auto changed = fs::last_write_time(card, gone);
            const std::uint64_t bytes = gone ? 0 : fs::file_size(card, gone);
            if (gone) continue;
            const auto known = seen_.find(card);
            const bool is_same = known != seen_.end() && known->second.changed == changed &&
                                 known->second.bytes == bytes && known->second.model.fault.empty();
            Seen now = is_same ? known->second : Seen{changed, bytes, offered(installed)};
            if (!now.model.digest.empty()) models.push_back(now.model);
            seen[card] = std::move(now);
        }
    }
    seen_ = std::move(seen);
    return models;
}

}  // namespace nightreel

#include "worker/offer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <sys/statvfs.h>

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

std::string disk_fault(const fs::path& folder, std::uint64_t free_bytes_min) {
    struct statvfs facts {};

    if (::statvfs(folder.c_str(), &facts) != 0) {
        return fmt::format("{}: {}", folder.string(), std::strerror(errno));
    }
    if ((facts.f_flag & ST_RDONLY) != 0) {
        return fmt::format("{}: the file system is read-only", folder.string());
    }
    const std::uint64_t free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize;
    if (free_bytes >= free_bytes_min) return {};
    // Without the figure of the moment: a text that changes would be told again and again.
    return fmt::format("{}: fewer than {} MiB are free (store_free_min): free disk space there",
                       folder.string(),
                       free_bytes_min >> 20U);
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

#include "cli/night/night_dailies.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/json_values.h"
#include "cli/night/take_report.h"
#include "pipeline/takes/dailies_folder.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

// From this seam ratio on a joint is worth a look (docs/quality.md).
constexpr double seam_ratio_flagged = 3.0;

std::vector<std::string> media_of(const fs::path& take) {
    std::vector<std::string> names;
    for (const char* folder : {"mov", "contact"}) {
        if (!fs::is_directory(take / folder)) continue;
        for (const auto& entry : fs::directory_iterator(take / folder)) {
            names.push_back((fs::path(folder) / entry.path().filename()).generic_string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

DailiesTake dailies_take(const PublishOrder& order, const TakeRow& row, const fs::path& folder) {
    DailiesTake take{.shot = order.take.shot,
                     .version = order.take.version,
                     .take = order.take.take,
                     .folder = folder.string(),
                     .media = media_of(folder),
                     .frames = order.take.frames.count(),
                     .rate = order.take.rate,
                     .seed = order.take.seed,
                     .prompt = order.take.prompt,
                     .drift = row.drift};
    if (row.measured && row.segments > 1) {
        take.seam_ratio_median = row.seam_ratio_median;
        if (row.seam_ratio_max > seam_ratio_flagged) {
            take.flag = fmt::format("visible joint: seam ratio {:.1f}", row.seam_ratio_max);
        }
    }
    return take;
}

std::string reason_of(const TakeRow& row) {
    if (row.failed_task.empty()) return row.state == "done" ? "its folder is gone" : row.state;
    return fmt::format("{} failed ({}): {}", row.failed_task, row.error_kind, row.error);
}

}  // namespace

NightDailies write_night_dailies(const NightPlan& plan,
                                 const Json& status,
                                 const fs::path& output) {
    const fs::path root = fs::absolute(output).lexically_normal();
    const Json& head = status.at("job");
    std::map<std::string, TakeRow> rows;
    for (TakeRow& row : takes_of(status.at("tasks"))) rows.emplace(row.name, std::move(row));
    Dailies dailies{.show = plan.show,
                    .job = number_of<std::uint64_t>(head, "job"),
                    .submission = text_at(head, "submission"),
                    .submitted_at = text_at(head, "submitted_at")};
    for (const PlannedTask& task : plan.graph.tasks) {
        const auto* order = std::get_if<PublishOrder>(&task.order);
        if (order == nullptr) continue;
        const fs::path folder = root / order->folder;
        const TakeRow& row = rows[task.name.substr(0, task.name.rfind('.'))];
        if (row.state == "done" && fs::exists(folder / "publish.json")) {
            dailies.takes.push_back(dailies_take(*order, row, folder));
        } else {
            dailies.failures.push_back(
                {fmt::format("{} take {}", order->take.shot, order->take.take), reason_of(row)});
        }
    }
    NightDailies result{.folder = dailies_folder(root / plan.show / "dailies", dailies),
                        .takes = static_cast<std::int64_t>(dailies.takes.size())};
    write_dailies(result.folder, std::move(dailies));
    point_latest_at(result.folder);
    return result;
}

}  // namespace nightreel::cli

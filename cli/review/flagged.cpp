#include "cli/review/flagged.h"

#include <fmt/format.h>

#include "cli/json_values.h"
#include "cli/review/chosen_take.h"
#include "pipeline/takes/quality/flags.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"
#include "shotspec/review/review_files.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

Json flagged_row(const ChosenTake& chosen, const TakeReview& review) {
    const bool by_person = review.verdict() == ReviewVerdict::flagged;
    const auto flags = chosen.record.flags.value_or(std::vector<Flag>());
    const bool is_open = review.verdict() == ReviewVerdict::open;
    if (!by_person && (flags.empty() || !is_open)) return nullptr;
    const TakeFacts& take = chosen.record.take;
    Json row{{"take", chosen.record.take_digest.hex()},
             {"show", take.show},
             {"shot", take.shot},
             {"version", take.version},
             {"take_number", take.take},
             {"folder", chosen.folder.string()},
             {"by", by_person ? review.standing->by : std::string("report")}};
    if (by_person && review.standing->frame) row["frame"] = *review.standing->frame;
    row["why"] = by_person ? review.standing->text.value_or("") : short_text_of(flags);
    row["notes"] = review.notes.size();
    return row;
}

}  // namespace

Json read_flagged(const std::set<fs::path>& roots) {
    Json rows = Json::array();
    for (const fs::path& root : roots) {
        std::vector<std::string> faults;
        const auto reviews = take_reviews(read_reviews(root, &faults));
        for (const std::string& fault : faults) say("{}; the line is skipped\n", fault);
        for (const ChosenTake& chosen : published_takes(root)) {
            const auto found = reviews.find(chosen.record.take_digest);
            Json row = flagged_row(chosen, found == reviews.end() ? TakeReview() : found->second);
            if (!row.is_null()) rows.push_back(std::move(row));
        }
    }
    return {{"format", 1}, {"takes", std::move(rows)}};
}

std::string flagged_table(const Json& listing) {
    std::string text;
    for (const Json& row : listing.at("takes")) {
        const std::string why = text_at(row, "why");
        text += fmt::format("{} {} v{:03} take{:02}  {:10}  {}\n  {}\n",
                            text_at(row, "show"),
                            text_at(row, "shot"),
                            number_of<int>(row, "version"),
                            number_of<int>(row, "take_number"),
                            text_at(row, "by"),
                            plain_line(why, why.size()),
                            text_at(row, "folder"));
    }
    return text.empty() ? "no take is flagged\n" : text;
}

}  // namespace nightreel::cli

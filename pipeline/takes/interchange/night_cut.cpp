#include "pipeline/takes/interchange/night_cut.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/base/files.h"
#include "shotspec/describe/csv.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

bool comes_before(const CutTake& a, const CutTake& b) {
    const auto key = [](const CutTake& take) {
        return std::make_tuple(!take.kept.value_or(true),
                               take.place.value_or(std::numeric_limits<std::int32_t>::max()),
                               take.flags.size(),
                               take.take);
    };
    return key(a) < key(b);
}

std::string flags_text(const CutTake& take) {
    std::vector<std::string> texts;
    for (const Flag& flag : take.flags) texts.push_back(flag.text);
    return fmt::format("{}", fmt::join(texts, "; "));
}

template <class T>
std::string optional_text(const std::optional<T>& value) {
    return value ? fmt::format("{}", *value) : std::string();
}

std::string text_cell(const std::string& text) {
    return quoted_cell(guarded(text));
}

}  // namespace

std::vector<std::vector<CutTake>> shots_of(const NightCut& cut) {
    std::vector<std::vector<CutTake>> shots;
    for (const CutTake& take : cut.takes) {
        const auto found = std::ranges::find_if(
            shots, [&](const auto& shot) { return shot.front().shot == take.shot; });
        if (found == shots.end()) {
            shots.push_back({take});
        } else {
            found->push_back(take);
        }
    }
    for (std::vector<CutTake>& shot : shots) std::ranges::stable_sort(shot, comes_before);
    return shots;
}

std::string table_text(const NightCut& cut) {
    std::string text(byte_order_mark);
    text +=
        "show,sequence,shot,version,take,in_cut,place,points,status,first,last,cut_in,cut_out,fps,"
        "width,height,seed,model,flags,prompt,folder,movie\r\n";
    for (const std::vector<CutTake>& shot : shots_of(cut)) {
        for (const CutTake& take : shot) {
            const std::vector<std::string> cells{text_cell(cut.show),
                                                 text_cell(take.sequence),
                                                 text_cell(take.shot),
                                                 fmt::format("{}", take.version),
                                                 fmt::format("{}", take.take),
                                                 &take == &shot.front() ? "yes" : "no",
                                                 optional_text(take.place),
                                                 optional_text(take.points),
                                                 text_cell(take.status),
                                                 fmt::format("{}", take.frames.first),
                                                 fmt::format("{}", take.frames.last),
                                                 fmt::format("{}", take.cut.first),
                                                 fmt::format("{}", take.cut.last),
                                                 TextForm<FrameRate>::write(take.rate),
                                                 fmt::format("{}", take.size.width),
                                                 fmt::format("{}", take.size.height),
                                                 fmt::format("{}", take.seed),
                                                 text_cell(take.model),
                                                 text_cell(flags_text(take)),
                                                 text_cell(take.prompt),
                                                 text_cell(take.folder.generic_string()),
                                                 text_cell(take.movie)};
            text += fmt::format("{}\r\n", fmt::join(cells, ","));
        }
    }
    return text;
}

void write_interchange(const std::filesystem::path& folder, const NightCut& cut) {
    write_file_atomically(folder / timeline_file, timeline_text(cut));
    write_file_atomically(folder / session_file, session_text(cut));
    write_file_atomically(folder / table_file, table_text(cut));
}

}  // namespace nightreel

#include "shotspec/resolve/outputs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shotspec/night/output_template.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::vector<std::string_view> parts_of(std::string_view folder) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= folder.size();) {
        const std::size_t end = std::min(folder.find('/', at), folder.size());
        parts.push_back(folder.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

bool is_device_name(std::string_view part) {
    constexpr auto devices = std::to_array<std::string_view>({"con", "prn", "aux", "nul"});
    const std::string stem = lower_case(part.substr(0, part.find('.')));
    if (std::ranges::find(devices, stem) != devices.end()) return true;
    const bool is_port = stem.starts_with("com") || stem.starts_with("lpt");
    return is_port && stem.size() == 4 && stem[3] >= '1' && stem[3] <= '9';
}

// Why Windows, or a share that it sees too, does not keep this name of a folder.
std::string portable_problem(std::string_view part) {
    if (is_device_name(part)) {
        return fmt::format("{} is a device on Windows: no folder there can have this name", part);
    }
    if (part.ends_with('.') || part.ends_with(' ')) {
        return fmt::format("\"{}\" ends with a {}, which Windows leaves out",
                           part,
                           part.back() == '.' ? "dot" : "space");
    }
    // U+0300 to U+036F, in UTF-8.
    const std::size_t mark = part.find_first_of("\xCC\xCD");
    if (mark != std::string_view::npos) {
        return fmt::format(
            "\"{}\" has an accent as a character of its own, which some systems store in another "
            "form (NFC): type the letter with its accent as one character",
            part);
    }
    const std::size_t at = part.find_first_of("<>:\"\\|?*");
    if (at == std::string_view::npos) return {};
    return fmt::format("\"{}\" has {} in it, which Windows does not allow", part, part[at]);
}

// The folder of one take.
struct TakePlace {
    std::string folder;
    std::size_t shot = 0;
    std::int32_t take = 1;
};

class OutputChecker {
  public:
    OutputChecker(NightDocument& document, const ResolvedNight& night)
        : document_(document), night_(night) {}

    void check() {
        if (!document_.places.is_right("show") || !is_legal_name(night_.show)) return;
        for (std::size_t index = 0; index < night_.shots.size(); ++index) check_shot(index);
        check_nesting();
    }

  private:
    const ResolvedShot& shot(std::size_t index) const { return night_.shots[index]; }

    std::string path_of(std::size_t index) const {
        const ShotSettingsReader settings(document_, index);
        const std::string path = settings.get("output", &ShotSettings::output).path;
        return settings.is_written(path) ? path : settings.path_of("shot");
    }

    void complain(const std::string& path, std::string message) {
        document_.complaints.add(document_.places.of(path), path, std::move(message));
    }

    void warn(const std::string& path, std::string message) {
        document_.complaints.warn(document_.places.of(path), path, std::move(message));
    }

    // "a_010 take 1 (night.yaml line 5)"
    std::string name_of(const TakePlace& take) const {
        const Place place = document_.places.of(path_of(take.shot));
        return fmt::format("{} take {} ({} line {})",
                           shot(take.shot).name,
                           take.take,
                           document_.complaints.files()[place.file],
                           place.line);
    }

    TakeNames names_of(std::size_t index, std::int32_t take) const {
        return {.show = night_.show,
                .sequence = shot(index).sequence,
                .shot = shot(index).name,
                .take = take};
    }

    void check_shot(std::size_t index) {
        const ResolvedShot& checked = shot(index);
        if (!is_legal_name(checked.name) || !output_problem(checked.output).empty()) return;
        const TakeNames first = names_of(index, 1);
        const std::string problem =
            output_problem(checked.output, names_of(index, std::max(takes_at_most(checked), 1)));
        if (!problem.empty()) return complain(path_of(index), problem);
        if (!version_place(checked.output, first)) {
            warn(path_of(index),
                 "has no {version}: a changed shot cannot be published where its old takes are; "
                 "add v{version:03}");
        }
        check_names(index, take_folder(checked.output, first));
        for (std::int32_t take = 1; take <= takes_at_most(checked); ++take) {
            TakePlace place{take_folder(checked.output, names_of(index, take)), index, take};
            if (!is_free(place)) return;
            folders_.emplace(std::move(place.folder), std::pair{index, take});
        }
    }

    void check_names(std::size_t index, const std::string& folder) {
        for (const std::string_view part : parts_of(folder)) {
            const std::string problem = portable_problem(part);
            if (!problem.empty()) warn(part == night_.show ? "show" : path_of(index), problem);
        }
    }

    bool is_free(const TakePlace& place) {
        const auto there = folders_.find(place.folder);
        if (there != folders_.end()) {
            const auto [index, take] = there->second;
            const bool is_told = index != place.shot && shot(index).name == shot(place.shot).name;
            if (is_told) return false;  // as a name that is given twice
            complain(path_of(place.shot),
                     fmt::format("{} take {} would be written to {}, as {} is; name {{shot}} and "
                                 "{{take}} in the template",
                                 shot(place.shot).name,
                                 place.take,
                                 place.folder,
                                 name_of({{}, index, take})));
            return false;
        }
        const auto [alike, fresh] = lower_case_.emplace(lower_case(place.folder), TakePlace{place});
        if (!fresh) {
            warn(path_of(place.shot),
                 fmt::format("{} differs only by case from the folder of {}: on Windows and macOS "
                             "both are one",
                             place.folder,
                             name_of(alike->second)));
        }
        return true;
    }

    // Folders inside others; what is kept beside the takes counts as one. Told once a shot.
    void check_nesting() {
        std::set<std::size_t> told;
        for (const auto& [folder, owner] : folders_) {
            const std::string problem = nesting_problem(folder);
            if (problem.empty() || !told.insert(owner.first).second) continue;
            complain(path_of(owner.first),
                     fmt::format("{} take {} would be written to {}, {}; choose another folder",
                                 shot(owner.first).name,
                                 owner.second,
                                 folder,
                                 problem));
        }
    }

    std::string nesting_problem(const std::string& folder) const {
        const std::string dailies = night_.show + "/dailies";
        if (is_inside(folder, dailies) || is_inside(dailies, folder)) {
            return fmt::format("but {} is kept for the dailies", dailies);
        }
        if (is_inside(folder, ".nightreel")) return "but .nightreel is kept for results";
        for (std::size_t slash = folder.find('/'); slash != std::string::npos;
             slash = folder.find('/', slash + 1)) {
            const auto around = folders_.find(folder.substr(0, slash));
            if (around == folders_.end()) continue;
            return fmt::format("inside the folder of {}",
                               name_of({{}, around->second.first, around->second.second}));
        }
        return {};
    }

    static bool is_inside(std::string_view folder, std::string_view around) {
        const std::string inner = lower_case(folder) + "/";
        return inner.starts_with(lower_case(around) + "/");
    }

    NightDocument& document_;
    const ResolvedNight& night_;
    std::map<std::string, std::pair<std::size_t, std::int32_t>> folders_;  // shot and take of each
    std::map<std::string, TakePlace> lower_case_;  // the first of those that are alike
};

}  // namespace

void check_outputs(NightDocument& document, const ResolvedNight& night) {
    OutputChecker(document, night).check();
}

}  // namespace nightreel

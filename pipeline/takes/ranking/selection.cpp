#include "pipeline/takes/ranking/selection.h"

#include <utility>

#include <fmt/format.h>

#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {

std::string selection_file(const Selection& selection) {
    return fmt::format(
        "{}_{}_gen_v{:03}_takes.json", selection.show, selection.shot, selection.version);
}

void write_selection(Selection selection) {
    if (selection.takes.empty()) return;
    const std::filesystem::path place =
        std::filesystem::path(selection.takes.front().folder).parent_path();
    for (SelectedTake& take : selection.takes) {
        take.folder = std::filesystem::path(take.folder).lexically_relative(place).generic_string();
    }
    const std::string text = to_json_value(selection).dump(1) + "\n";
    write_file_atomically(place / selection_file(selection), std::string_view(text));
}

}  // namespace nightreel

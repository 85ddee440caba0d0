#include "pipeline/plan/prepared_note.h"

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view note_suffix = ".prepared";

struct PreparedNote {
    std::vector<TaskCommit> commits;
};

template <class Visitor>
void describe(PreparedNote& value, Visitor& field) {
    field("commits", value.commits, {.meaning = "Folders prepared by the attempt."});
}

bool is_partial(const fs::path& folder) {
    const std::string name = folder.filename().string();
    return name.starts_with('.') && name.ends_with(partial_suffix);
}

PreparedNote read_note(const fs::path& note) {
    try {
        return from_json_value<PreparedNote>(parse_json(read_file(note), note.string()));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::unavailable) throw;
        return {};  // damaged: what it named is found when its place is published again
    }
}

}  // namespace

fs::path prepared_note_of(const fs::path& staging) {
    return staging.string() + std::string(note_suffix);
}

fs::path staging_noted_by(const fs::path& path) {
    const std::string text = path.string();
    return text.ends_with(note_suffix) ? text.substr(0, text.size() - note_suffix.size()) : text;
}

void note_prepared(const fs::path& staging, const std::vector<TaskCommit>& commits) {
    write_file_atomically(prepared_note_of(staging),
                          to_json_value(PreparedNote{commits}).dump(1) + "\n");
}

void remove_prepared(const fs::path& staging) {
    const fs::path note = prepared_note_of(staging);
    std::error_code why;
    if (!fs::exists(note, why)) return;
    for (const TaskCommit& commit : read_note(note).commits) {
        if (!is_partial(commit.from)) continue;
        fs::remove_all(commit.from, why);
        if (!why) continue;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: cannot be removed: {}", commit.from, why.message()));
    }
    fs::remove(note, why);
}

}  // namespace nightreel

#pragma once
// Which takes of a shot are kept, told beside them: a file in the folder that the kept take lies
// in. Takes themselves never change; this file is written again, whole, whenever that is decided
// anew. Any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/ranking/ranking.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct SelectedTake {
    std::int32_t take = 1;
    std::string folder;  // relative to the file
    std::int32_t place = 1;
    bool kept = false;
    bool usable = false;
    double points = 0;
    std::string why;
};

template <class Visitor>
void describe(SelectedTake& value, Visitor& field) {
    field("take", value.take, {.meaning = "Take number."});
    field("folder", value.folder, {.meaning = "Folder of the take, relative to this file."});
    field("place", value.place, {.meaning = "Place among the takes of the shot; 1 is the best."});
    field("kept", value.kept, {.meaning = "Whether it is kept; the others are alternates."});
    field("usable", value.usable, {.meaning = "Whether nothing in it reaches its limit."});
    field("points", value.points, {.meaning = "Points; fewer are better."});
    field("why", value.why, {.meaning = "What the points are for."});
}

struct Selection {
    std::int32_t format = 1;
    std::string show;
    std::string shot;
    std::int32_t version = 1;
    std::uint64_t job = 0;
    std::vector<SelectedTake> takes;            // published ones, the best first
    std::vector<std::int32_t> not_needed = {};  // that were not made
};

template <class Visitor>
void describe(Selection& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("version", value.version, {.meaning = "Version number."});
    field("job", value.job, {.meaning = "Number of the job that ranked them."});
    field("takes", value.takes, {.meaning = "Published takes, the best first."});
    field("not_needed", value.not_needed, {.meaning = "Takes of rounds that were not needed."});
}

// "aurora_sq010_sh0010_gen_v001_takes.json"
std::string selection_file(const Selection& selection);

// Writes it by one rename. `takes` have absolute folders. Nothing is written for no takes.
void write_selection(Selection selection);

}  // namespace nightreel

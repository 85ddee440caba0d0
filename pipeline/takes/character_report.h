#pragma once
// One character over all shots of an output folder, from the records of published takes: what the
// quality report says of it, the pictures beside its references, doubtful takes first. Reads
// publish.json of takes, no frames. One thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/quality/flags.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "shotspec/describe/fields.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// A take of the newest version of its shot, in which the character has reference pictures.
struct CharacterTake {
    std::string show;
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take = 1;
    std::string folder;  // relative to the output folder
    std::string thumbnail;
    std::string contact_sheet;
    std::string prompt;
    CharacterMetric measured;
    std::vector<Flag> flags;  // that are about the character
};

template <class Visitor>
void describe(CharacterTake& value, Visitor& field) {
    field("show", value.show, {.meaning = "Name of the show."});
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("version", value.version, {.meaning = "Version number, the newest of the shot."});
    field("take", value.take, {.meaning = "Take number."});
    field("folder", value.folder, {.meaning = "Folder, relative to the output folder."});
    field("thumbnail", value.thumbnail, {.meaning = "Thumbnail, relative to the folder."});
    field("contact_sheet", value.contact_sheet, {.meaning = "Contact sheet, likewise."});
    field("prompt", value.prompt, {.meaning = "The prompt."});
    field("measured", value.measured, {.meaning = "What was measured of the character."});
    field("flags", value.flags, {.meaning = "Flags that are about the character."});
}

struct CharacterReport {
    std::int32_t format = 1;
    std::string name;
    std::vector<std::string> shows;
    std::vector<ReferencePicture> references;  // of all takes, each once
    std::vector<CharacterTake> takes;          // most flags first, then least like the references
};

template <class Visitor>
void describe(CharacterReport& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this report."});
    field("name", value.name, {.meaning = "Name of the character."});
    field("shows", value.shows, {.meaning = "Shows that it is in."});
    field("references", value.references, {.meaning = "Its reference pictures, each once."});
    field("takes", value.takes, {.meaning = "Takes with it, doubtful ones first."});
}

// In the order of names; of every character, or of this one. Records that cannot be read are named
// in `unread`.
std::vector<CharacterReport> character_reports(const std::filesystem::path& output,
                                               const std::optional<std::string>& name,
                                               std::vector<std::string>& unread);

// A page without scripts or files of its own, for a file below `output` at `page`: pictures are
// linked relative to it.
std::string character_page(const CharacterReport& report,
                           const std::filesystem::path& output,
                           const std::filesystem::path& page);

}  // namespace nightreel

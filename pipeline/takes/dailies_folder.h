#pragma once
// The one folder that a producer opens in the morning: movies and contact sheets of a job, and a
// summary. It may be written again and again while takes arrive. One writer for a folder at a time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shotspec/describe/fields.h"

namespace nightreel {

inline constexpr const char* summary_file = "summary.json";

struct DailiesTake {
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take = 1;
    std::string folder;              // absolute; in the summary relative to the dailies folder
    std::vector<std::string> media;  // movie, contact sheet, thumbnail: relative to the take
    double seam_ratio_median = 0;
    std::string flag;  // why somebody should look at it; empty when nothing stands out
};

template <class Visitor>
void describe(DailiesTake& value, Visitor& field) {
    field("shot", value.shot, {.meaning = "Name of the shot."});
    field("version", value.version, {.meaning = "Version number."});
    field("take", value.take, {.meaning = "Take number."});
    field(
        "folder", value.folder, {.meaning = "Folder of the take, relative to the dailies folder."});
    field("media",
          value.media,
          {.meaning = "Movie, contact sheet and thumbnail, in the dailies folder."});
    field("seam_ratio_median",
          value.seam_ratio_median,
          {.meaning = "Median seam ratio (docs/quality.md)."});
    field("flag", value.flag, {.meaning = "Reason to review this take; empty: none."});
}

struct DailiesFailure {
    std::string what;    // "sq010_sh0020 take 2"
    std::string reason;  // one line
};

template <class Visitor>
void describe(DailiesFailure& value, Visitor& field) {
    field("what", value.what, {.meaning = "Missing take."});
    field("reason", value.reason, {.meaning = "Reason why it is missing."});
}

struct Dailies {
    std::int32_t format = 1;
    std::string show;
    std::string job;
    std::vector<DailiesTake> takes;
    std::vector<DailiesFailure> failures;
};

template <class Visitor>
void describe(Dailies& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("job", value.job, {.meaning = "Name of the job."});
    field("takes", value.takes, {.meaning = "Finished takes, by shot and take."});
    field("failures", value.failures, {.meaning = "Takes that were requested but are missing."});
}

// Links each take's media into `folder` (hard, else by a relative symbolic link), removes links of
// takes that are gone, and writes the summary last. Every step is one rename; files that others put
// into the folder stay. Two media of one name are Error{bad_input}.
void write_dailies(const std::filesystem::path& folder, Dailies dailies);

}  // namespace nightreel

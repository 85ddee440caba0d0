#pragma once
// The one folder that a producer opens in the morning: movies and contact sheets of a job, and a
// summary. Each job has its own below <show>/dailies, and `latest` there leads to the last one that
// was written. It may be written again and again, also by two attempts at once, of which the later
// one wins. Any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/plan/records/job_facts.h"
#include "pipeline/takes/night_yield.h"
#include "pipeline/takes/quality/flags.h"
#include "shotspec/base/pulse.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/units.h"
#include "shotspec/link_policy.h"

namespace nightreel {

inline constexpr const char* summary_file = "summary.json";

struct DailiesTake {
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take = 1;
    std::string folder;              // absolute; in the summary relative to the dailies folder
    std::vector<std::string> media;  // movie, contact sheet, thumbnail: relative to the take
    std::int64_t frames = 0;
    FrameRate rate;
    std::uint64_t seed = 0;
    std::string prompt;
    double seam_ratio_median = 0;
    double drift = 0;
    double seam_ratio_max = 0;
    std::string flag;  // why somebody should look at it; empty when nothing stands out
    std::vector<Flag> flags;
    // Where the takes of the shot were ranked.
    std::optional<std::int32_t> place = {};
    std::optional<bool> kept = {};  // false: an alternate
    std::optional<double> points = {};
    std::optional<std::string> why = {};
};

inline bool is_alternate(const DailiesTake& take) {
    return !take.kept.value_or(true);
}

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
    field("frames", value.frames, {.meaning = "Number of frames, handles included."});
    field("rate", value.rate, {.meaning = "Frame rate."});
    field("seed", value.seed, {.meaning = "Seed of the noise."});
    field("prompt", value.prompt, {.meaning = "The prompt."});
    field("seam_ratio_median",
          value.seam_ratio_median,
          {.meaning = "Median seam ratio (docs/quality.md)."});
    field(
        "drift",
        value.drift,
        {.meaning = "Change of the mean colour from the first frame to the last, in code values."});
    field("seam_ratio_max", value.seam_ratio_max, {.meaning = "Largest seam ratio."});
    field("flag", value.flag, {.meaning = "Reason to review this take; empty: none."});
    field("flags", value.flags, {.meaning = "All reasons, the worst first."});
    field("place", value.place, {.meaning = "Place among the takes of the shot, if ranked."});
    field("kept", value.kept, {.meaning = "Whether it is kept; false: an alternate."});
    field("points", value.points, {.meaning = "Points of the ranking; fewer are better."});
    field("why", value.why, {.meaning = "What the points are for."});
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
    std::int32_t format = 2;
    std::string show;
    std::uint64_t job = 0;
    std::string submission;  // key of the job's content; numbers begin again with a new farm
    std::string submitter;
    std::string submitted_at;   // UTC, "2026-11-21T03:04:05.678Z"
    std::uint64_t attempt = 0;  // that wrote it; a later one has a higher number
    std::vector<DailiesTake> takes;
    std::vector<DailiesFailure> failures;
    std::vector<std::string> night;  // files of the night as it was submitted
    NightYield yield = {};           // filled in by write_dailies, except for device_seconds
};

template <class Visitor>
void describe(Dailies& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("job", value.job, {.meaning = "Number of the job."});
    field("submission", value.submission, {.meaning = "Submission key of the job."});
    field("submitter", value.submitter, {.meaning = "Who submitted the job."});
    field("submitted_at", value.submitted_at, {.meaning = "When the job was submitted (UTC)."});
    field("attempt", value.attempt, {.meaning = "Number of the attempt that wrote this."});
    field("takes", value.takes, {.meaning = "Finished takes, by shot and take."});
    field("failures", value.failures, {.meaning = "Takes that were requested but are missing."});
    field("night", value.night, {.meaning = "Files of the night as it was submitted."});
    field("yield", value.yield, {.meaning = "How much of the night is usable."});
}

// Where the dailies of a job go below `root`, the folder `dailies` of the show: "2026-11-21_7",
// from the (UTC) date of the submission and the number of the job; of a job without a number,
// because no farm has it, the first letters of its submission stand there. Another submission that
// is there under this name, of an earlier farm for the same output, keeps it: then
// "2026-11-21_7.2".
std::filesystem::path dailies_folder(const std::filesystem::path& root, const Dailies& dailies);

// Makes `latest` beside `folder` lead to it: a relative symbolic link or, where links cannot be
// made, a text file with its name. What somebody else put there under this name stays.
void point_latest_at(const std::filesystem::path& folder);

// How media of takes get into the dailies.
struct MediaPlacing {
    LinkPolicy link = LinkPolicy::automatic;
    Pulse pulse = {};  // while they are copied
};

inline constexpr const char* alternates_folder = "alternates";

// Sorts the takes: alternates last, those with flags first, the worst of them at the top, then by
// shot and take. Media of alternates lie in a folder `alternates` of their own. Places each take's
// media in `folder` as place_file does, so that who edits one does not change the take, removes
// those of takes that are gone, and writes the summary last. Every step is one rename; files that
// others put into the folder stay. The night's files go byte for byte into `night`. Two media of
// one name are Error{bad_input}. False when a later attempt has written it already: then nothing
// changes.
bool write_dailies(const std::filesystem::path& folder,
                   Dailies dailies,
                   std::span<const NightFile> night = {},
                   const MediaPlacing& placing = {});

}  // namespace nightreel

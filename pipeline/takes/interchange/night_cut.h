#pragma once
// The takes of a night as editorial and review tools read them: a timeline (OpenTimelineIO), a
// session of RV, and a table. Written from published takes, by those who know where they lie. Pure
// but for write_interchange; any thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/quality/flags.h"
#include "shotspec/describe/units.h"

namespace nightreel {

inline constexpr const char* timeline_file = "night.otio";
inline constexpr const char* session_file = "night.rv";
inline constexpr const char* table_file = "review.csv";

struct CutTake {
    std::string shot;
    std::string sequence;
    std::int32_t version = 1;
    std::int32_t take = 1;
    std::filesystem::path folder;  // absolute
    std::string frame_pattern;     // "exr/aurora_sq010_sh0010_gen_v001_t01.%04d.exr"
    std::string movie;             // the review movie, below the folder
    FrameRange frames;             // handles included
    FrameRange cut;                // without them
    FrameRate rate;
    PictureSize size;
    std::uint64_t seed = 0;
    std::string model;
    std::string prompt;
    std::string status;
    std::vector<Flag> flags;  // the worst first
    // Where the takes of the shot were ranked.
    std::optional<std::int32_t> place = {};
    std::optional<bool> kept = {};
    std::optional<double> points = {};
};

struct NightCut {
    std::string show;
    std::string name;            // of the dailies: "2026-11-21_7"
    std::vector<CutTake> takes;  // shots in the order of the night, takes of a shot together
};

// The takes of each shot, the one of the cut first: the best of a ranking, else the one with the
// fewest flags, the lowest number of several.
std::vector<std::vector<CutTake>> shots_of(const NightCut& cut);

// OpenTimelineIO's JSON: one track with a clip for each shot, cut to its range without handles. A
// clip's media are the frames of the take (DEFAULT_MEDIA), its movie, and the frames of the
// shot's other takes ("take02"); the media's time is the frame number. Flags are markers.
// Source: OpenTimelineIO 0.18, docs/tutorials/otio-serialized-schema.md.
std::string timeline_text(const NightCut& cut);

// Text form of RV's session (GTO): the cut as a sequence of frames with in and out, and all takes
// of the night in a layout. Source: OpenRV, reference manual, chapter 6.
std::string session_text(const NightCut& cut);

// A row for each take, for spreadsheets: UTF-8 with a byte order mark, no text becomes a formula.
std::string table_text(const NightCut& cut);

// All three into the dailies folder, each by one rename.
void write_interchange(const std::filesystem::path& folder, const NightCut& cut);

}  // namespace nightreel

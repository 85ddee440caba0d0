#include <fmt/format.h>

#include "pipeline/takes/interchange/night_cut.h"
#include "pipeline/takes/interchange/numbered_files.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

Json rational_time(std::int64_t value, FrameRate rate) {
    return {{"OTIO_SCHEMA", "RationalTime.1"},
            {"rate", rate.per_second()},
            {"value", static_cast<double>(value)}};
}

Json time_range(std::int64_t first, std::int64_t count, FrameRate rate) {
    return {{"OTIO_SCHEMA", "TimeRange.1"},
            {"start_time", rational_time(first, rate)},
            {"duration", rational_time(count, rate)}};
}

// RFC 8089, with every byte escaped that is no letter, digit, or one of "-._~/".
std::string file_url(const std::string& path) {
    std::string url = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view("-._~/").find(c) != std::string_view::npos;
        if (is_plain) {
            url.push_back(c);
        } else {
            url += fmt::format("%{:02X}", byte);
        }
    }
    return url;
}

std::string take_name(const CutTake& take) {
    return fmt::format("{}_v{:03}_t{:02}", take.shot, take.version, take.take);
}

Json frames_media(const CutTake& take) {
    const NumberedFiles files = numbered_files(take.frame_pattern);
    return {{"OTIO_SCHEMA", "ImageSequenceReference.1"},
            {"name", take_name(take)},
            {"metadata",
             {{"nightreel",
               {{"seed", fmt::format("{}", take.seed)},
                {"model", take.model},
                {"status", take.status}}}}},
            {"target_url_base", file_url((take.folder / files.folder).generic_string() + "/")},
            {"name_prefix", files.prefix},
            {"name_suffix", files.suffix},
            {"frame_zero_padding", files.digits},
            {"start_frame", take.frames.first},
            {"frame_step", 1},
            {"rate", take.rate.per_second()},
            {"missing_frame_policy", "error"},
            {"available_range", time_range(take.frames.first, take.frames.count(), take.rate)},
            {"available_image_bounds", nullptr}};
}

// Its first frame is the slate.
Json movie_media(const CutTake& take) {
    return {
        {"OTIO_SCHEMA", "ExternalReference.1"},
        {"name", take_name(take)},
        {"metadata", Json::object()},
        {"target_url", file_url((take.folder / take.movie).generic_string())},
        {"available_range", time_range(take.frames.first - 1, take.frames.count() + 1, take.rate)},
        {"available_image_bounds", nullptr}};
}

Json marker_of(const Flag& flag, FrameRate rate) {
    return {{"OTIO_SCHEMA", "Marker.2"},
            {"name", word_of(flag.kind)},
            {"metadata", {{"nightreel", {{"value", flag.value}, {"limit", flag.limit}}}}},
            {"color", "RED"},
            {"comment", flag.text},
            {"marked_range", time_range(flag.frames.first, flag.frames.count(), rate)}};
}

bool can_stand_for(const CutTake& other, const CutTake& take) {
    return other.rate == take.rate && other.frames.first <= take.cut.first &&
           other.frames.last >= take.cut.last;
}

Json clip_of(const std::vector<CutTake>& shot) {
    const CutTake& take = shot.front();
    Json media{{"DEFAULT_MEDIA", frames_media(take)}, {"movie", movie_media(take)}};
    for (std::size_t other = 1; other < shot.size(); ++other) {
        if (!can_stand_for(shot[other], take)) continue;
        media[fmt::format("take{:02}", shot[other].take)] = frames_media(shot[other]);
    }
    Json markers = Json::array();
    for (const Flag& flag : take.flags) markers.push_back(marker_of(flag, take.rate));
    return {{"OTIO_SCHEMA", "Clip.2"},
            {"name", take.shot},
            {"metadata",
             {{"nightreel",
               {{"version", take.version},
                {"take", take.take},
                {"handles_head", take.cut.first - take.frames.first},
                {"handles_tail", take.frames.last - take.cut.last}}}}},
            {"source_range", time_range(take.cut.first, take.cut.count(), take.rate)},
            {"enabled", true},
            {"effects", Json::array()},
            {"markers", markers},
            {"media_references", media},
            {"active_media_reference_key", "DEFAULT_MEDIA"}};
}

}  // namespace

std::string timeline_text(const NightCut& cut) {
    Json clips = Json::array();
    for (const std::vector<CutTake>& shot : shots_of(cut)) clips.push_back(clip_of(shot));
    const Json empty = Json::object();
    const Json none = Json::array();
    const Json track{{"OTIO_SCHEMA", "Track.1"},
                     {"name", "cut"},
                     {"kind", "Video"},
                     {"metadata", empty},
                     {"source_range", nullptr},
                     {"enabled", true},
                     {"effects", none},
                     {"markers", none},
                     {"children", clips}};
    const Json stack{{"OTIO_SCHEMA", "Stack.1"},
                     {"name", "tracks"},
                     {"metadata", empty},
                     {"source_range", nullptr},
                     {"enabled", true},
                     {"effects", none},
                     {"markers", none},
                     {"children", Json::array({track})}};
    return Json{{"OTIO_SCHEMA", "Timeline.1"},
                {"name", fmt::format("{} {}", cut.show, cut.name)},
                {"metadata", empty},
                {"global_start_time", nullptr},
                {"tracks", stack}}
               .dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

}  // namespace nightreel

#include "toybox/detect/report.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shotspec/base/error.h"
#include "toybox/detect/judge.h"
#include "toybox/detect/seam.h"

namespace nightreel::toybox {
namespace {

constexpr std::int64_t judged_frames_min = 17;  // one period of the world and a frame

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorKind::bad_input, what);
}

std::string text_of(const FrameSpan& span) {
    return fmt::format("{}-{}", span.first, span.last);
}

void check_spans(std::span<const FrameSpan> segments, std::int64_t first, std::int64_t last) {
    if (segments.empty()) refuse("segments: name at least one, as in 1001-1017");
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const FrameSpan& span = segments[i];
        if (span.first > span.last || span.first < first || span.last > last) {
            refuse(fmt::format(
                "segment {}: the take has the frames {}-{}", text_of(span), first, last));
        }
        if (i > 0 && (span.first < segments[i - 1].first || span.last <= segments[i - 1].last)) {
            refuse(fmt::format(
                "segment {}: must end after segment {}", text_of(span), text_of(segments[i - 1])));
        }
    }
}

// Number of the first frame that each segment but the first brings.
std::vector<std::int64_t> joints_of(std::span<const FrameSpan> segments) {
    std::vector<std::int64_t> joints;
    for (std::size_t i = 1; i < segments.size(); ++i) {
        joints.push_back(std::max(segments[i].first, segments[i - 1].last + 1));
    }
    return joints;
}

nlohmann::json json_of(const SeenActor& actor) {
    return {{"shape", word_of(actor.shape)},
            {"colour", word_of(actor.colour)},
            {"pattern", word_of(actor.pattern)},
            {"size", word_of(actor.size)},
            {"action", word_of(actor.doing.action)},
            {"likeness", actor.likeness},
            {"seen", actor.seen}};
}

nlohmann::json json_of(const SegmentReport& segment) {
    nlohmann::json json = {{"frames", {segment.frames.first, segment.frames.last}},
                           {"judged", {segment.judged.first, segment.judged.last}},
                           {"background", word_of(segment.seen.background)},
                           {"camera", word_of(segment.seen.camera.move)},
                           {"pillar", segment.seen.has_pillar},
                           {"actors", nlohmann::json::array()}};
    for (const SeenActor& actor : segment.seen.actors) json["actors"].push_back(json_of(actor));
    if (segment.seam_ratio) json["seam_ratio"] = *segment.seam_ratio;
    if (segment.same_character) json["same_character"] = *segment.same_character;
    return json;
}

std::int64_t number_from(std::string_view text, std::string_view whole) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size()) {
        refuse(fmt::format("segments: `{}` is not FIRST-LAST, as in 1001-1017", whole));
    }
    return number;
}

template <class Set>
bool take_word(const std::string& word, Set& value) {
    const std::optional<Set> found = from_word<Set>(word);
    if (found) value = *found;
    return found.has_value();
}

}  // namespace

TakeReport report_on(const Detector& detector,
                     std::span<const Frame> take,
                     std::int64_t first_frame,
                     std::span<const FrameSpan> segments,
                     const std::optional<Actor>& character) {
    const auto last_frame = first_frame + static_cast<std::int64_t>(take.size()) - 1;
    check_spans(segments, first_frame, last_frame);
    std::vector<std::size_t> joints;
    for (const std::int64_t joint : joints_of(segments)) {
        joints.push_back(static_cast<std::size_t>(joint - first_frame));
    }
    const std::vector<double> ratios =
        joints.empty() ? std::vector<double>{} : seam_ratios(take, joints);
    TakeReport report;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        SegmentReport one{segments[i], segments[i], {}, std::nullopt, std::nullopt};
        one.judged.first =
            std::clamp(one.frames.last - judged_frames_min + 1, first_frame, one.frames.first);
        one.seen = detector.detect(
            take.subspan(static_cast<std::size_t>(one.judged.first - first_frame),
                         static_cast<std::size_t>(one.judged.last - one.judged.first + 1)));
        if (i > 0) one.seam_ratio = ratios[i - 1];
        if (character) one.same_character = is_same_character(one.seen, *character);
        report.segments.push_back(std::move(one));
    }
    return report;
}

std::string to_json(const TakeReport& report) {
    nlohmann::json json = {{"format", 1}, {"segments", nlohmann::json::array()}};
    for (const SegmentReport& segment : report.segments)
        json["segments"].push_back(json_of(segment));
    return json.dump(1);
}

std::vector<FrameSpan> spans_from(std::string_view text) {
    std::vector<FrameSpan> spans;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view one = text.substr(0, comma);
        const std::size_t dash = one.find('-', 1);
        if (dash == std::string_view::npos) {
            refuse(fmt::format("segments: `{}` is not FIRST-LAST, as in 1001-1017", one));
        }
        spans.push_back(
            {number_from(one.substr(0, dash), one), number_from(one.substr(dash + 1), one)});
        if (comma == text.size()) return spans;
        text.remove_prefix(comma + 1);
    }
}

Actor character_from(std::string_view text) {
    Actor actor;
    std::istringstream stream{std::string(text)};
    int known = 0;
    for (std::string word; stream >> word; ++known) {
        const bool fits = take_word(word, actor.size) || take_word(word, actor.colour) ||
                          take_word(word, actor.pattern) || take_word(word, actor.shape);
        if (!fits) refuse(fmt::format("character: `{}` is not a word of the toy world", word));
    }
    if (known != 4) {
        refuse(
            fmt::format("character: `{}` should name size, colour, pattern and shape, as in small "
                        "red striped star",
                        text));
    }
    return actor;
}

}  // namespace nightreel::toybox

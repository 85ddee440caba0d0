// nightreel-detect: what the frames of a finished take show, segment by segment, as JSON on stdout.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "shotspec/base/error.h"
#include "toybox/detect/report.h"
#include "toybox/tool/command_line.h"
#include "toybox/tool/frames_folder.h"

namespace nightreel::toybox {
namespace {

int run(int argc, char** argv) {
    std::string folder, segments, character;
    std::optional<std::int64_t> first;
    CLI::App app("What the EXR frames of a toy world take show, segment by segment, as JSON.",
                 "nightreel-detect");
    app.add_option("FRAMES_DIR", folder, "The exr folder of one take.")->required();
    app.add_option("--first", first, "Number of the take's first frame; the files say it too.");
    app.add_option(
        "--segments", segments, "FIRST-LAST,... in frame numbers; all as one if absent.");
    app.add_option("--character",
                   character,
                   "As in \"small red striped star\"; ends with 1 unless every segment shows it.");
    if (const std::optional<int> code = parse(app, argc, argv)) return *code;

    const NumberedClip take = read_frames(folder);
    if (first && *first != take.first) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: begins with frame {}, not {}", folder, take.first, *first));
    }
    const auto count = static_cast<std::int64_t>(take.frames.size());
    const std::vector<FrameSpan> spans =
        segments.empty() ? std::vector<FrameSpan>{{take.first, take.first + count - 1}}
                         : spans_from(segments);
    std::optional<Actor> wanted;
    if (!character.empty()) wanted = character_from(character);
    const TakeReport report = report_on(Detector(), take.frames, take.first, spans, wanted);
    fmt::print("{}\n", to_json(report));
    const bool kept = std::all_of(
        report.segments.begin(), report.segments.end(), [](const SegmentReport& segment) {
            return segment.same_character.value_or(true);
        });
    return kept ? 0 : 1;
}

}  // namespace
}  // namespace nightreel::toybox

int main(int argc, char** argv) {
    return nightreel::toybox::run_program("nightreel-detect",
                                          [&] { return nightreel::toybox::run(argc, argv); });
}

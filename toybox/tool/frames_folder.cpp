#include "toybox/tool/frames_folder.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "shotspec/base/error.h"

namespace nightreel::toybox {
namespace {

namespace fs = std::filesystem;

// The 1001 of "name.1001.exr".
std::optional<std::int64_t> number_of(const fs::path& file) {
    if (file.extension() != ".exr") return std::nullopt;
    const std::string digits = file.stem().extension().string();
    if (digits.size() < 2) return std::nullopt;
    std::int64_t number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, fault] = std::from_chars(digits.data() + 1, end, number);
    if (fault != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::map<std::int64_t, fs::path> numbered_files(const fs::path& folder) {
    std::error_code fault;
    std::map<std::int64_t, fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, fault)) {
        const std::optional<std::int64_t> number = number_of(entry.path());
        if (!number) continue;
        if (files.contains(*number)) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: frame {} exists twice; use a folder of one take",
                                    folder.string(),
                                    *number));
        }
        files.emplace(*number, entry.path());
    }
    if (fault) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: {}", folder.string(), fault.message()));
    }
    if (files.empty()) {
        throw Error(ErrorKind::bad_input,
                    folder.string() + ": no NAME.NUMBER.exr here; give the exr folder of a take");
    }
    return files;
}

Frame developed(const fs::path& file, TransferCurve curve) {
    ExrPicture picture = read_exr(file);
    if (picture.scene.width != frame_width || picture.scene.height != frame_height) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}x{} pixels, but the toy world is seen at {}x{}",
                                file.string(),
                                picture.scene.width,
                                picture.scene.height,
                                frame_width,
                                frame_height));
    }
    const WorkingSpace space = working_space_of(picture).value_or(WorkingSpace::rec709);
    const FrameRgb display = scene_to_display(std::move(picture.scene), curve, space);
    Frame frame;
    for (std::size_t i = 0; i < frame.rgb.size(); ++i) {
        const float level = std::clamp(display.rgb[i], 0.0F, 1.0F) * 255.0F;
        frame.rgb[i] = static_cast<std::uint8_t>(std::lround(level));
    }
    return frame;
}

}  // namespace

NumberedClip read_frames(const fs::path& folder, TransferCurve curve) {
    const std::map<std::int64_t, fs::path> files = numbered_files(folder);
    NumberedClip clip;
    clip.first = files.begin()->first;
    for (const auto& [number, file] : files) {
        const std::int64_t expected = clip.first + static_cast<std::int64_t>(clip.frames.size());
        if (number != expected) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: frame {} is missing", folder.string(), expected));
        }
        clip.frames.push_back(developed(file, curve));
    }
    return clip;
}

}  // namespace nightreel::toybox

#include "pipeline/tasks/handed_over.h"

#include <fmt/format.h>

#include "pipeline/tasks/latents.h"

namespace nightreel {

HandedOver read_handed_over(const Digest& artifact, const TaskContext& context) {
    return context.inputs.read(artifact, [&](const std::filesystem::path& folder) {
        const std::filesystem::path file = folder / handed_over_file;
        const PlainArrays arrays = read_plain_arrays(file);
        HandedOver handed_over{.frames = pictures_in(arrays, "frames", file)};
        if (arrays.contains(picture_features_array)) {
            handed_over.seen = states_in(arrays, picture_features_array, file);
        }
        return handed_over;
    });
}

std::vector<FrameRgb> read_given(const std::optional<Digest>& artifact,
                                 std::int32_t expected,
                                 const TaskContext& context) {
    if (!artifact) return {};
    std::vector<FrameRgb> frames = read_handed_over(*artifact, context).frames;
    if (std::ssize(frames) == expected) return frames;
    throw Error(ErrorKind::bad_input,
                fmt::format("{} frames were handed over, expected {}", frames.size(), expected));
}

}  // namespace nightreel

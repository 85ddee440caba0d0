#include "pipeline/tasks/frames.h"

#include <utility>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/frame_name.h"

namespace nightreel {

SceneFrames::SceneFrames(const Digest& artifact,
                         const FrameRange& frames,
                         const TaskContext& context)
    : artifact_(artifact), context_(context), pattern_(frame_pattern(frames_name, frames)) {}

FrameRgb SceneFrames::read(std::int64_t number) const {
    return context_.inputs.read(artifact_, [&](const std::filesystem::path& folder) {
        ExrPicture picture = read_exr(folder / frame_file_name(pattern_, number));
        const WorkingSpace space = working_space_of(picture).value_or(WorkingSpace::rec709);
        return scene_to_scene(std::move(picture.scene), space, WorkingSpace::rec709);
    });
}

DisplayFrames::DisplayFrames(const Digest& artifact,
                             const FrameRange& frames,
                             const TaskContext& context)
    : frames_(artifact, frames, context) {}

FrameRgb DisplayFrames::read(std::int64_t number) const {
    return scene_to_display(frames_.read(number), TransferCurve::srgb, WorkingSpace::rec709);
}

}  // namespace nightreel

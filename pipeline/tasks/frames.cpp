#include "pipeline/tasks/frames.h"

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/frame_name.h"

namespace nightreel {

DisplayFrames::DisplayFrames(const Digest& artifact,
                             const FrameRange& frames,
                             const TaskContext& context)
    : artifact_(artifact), context_(context), pattern_(frame_pattern(frames_name, frames)) {}

FrameRgb DisplayFrames::read(std::int64_t number) const {
    return context_.inputs.read(artifact_, [&](const std::filesystem::path& folder) {
        ExrPicture picture = read_exr(folder / frame_file_name(pattern_, number));
        return scene_to_display(
            std::move(picture.scene), TransferCurve::srgb, WorkingSpace::rec709);
    });
}

}  // namespace nightreel

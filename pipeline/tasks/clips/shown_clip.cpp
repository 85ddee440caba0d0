#include "pipeline/tasks/clips/shown_clip.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "pipeline/picture/canvas.h"
#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/pixel_mask.h"

namespace nightreel {
namespace {

constexpr float mid_grey = 0.5F;  // 0 as models see it

[[noreturn]] void refuse_shown(const std::string& why) {
    throw Error(ErrorKind::bad_input, "control clip: " + why);
}

void refuse_outside(const FramePart& part) {
    const bool is_inside = part.used.first >= part.all.first && part.used.last <= part.all.last;
    if (is_inside && part.used.count() >= 1) return;
    refuse_shown(fmt::format("frames {}-{} are asked for of {}-{}",
                             part.used.first,
                             part.used.last,
                             part.all.first,
                             part.all.last));
}

FrameRgb as_shown(FrameRgb scene) {
    FrameRgb display =
        scene_to_display(std::move(scene), TransferCurve::srgb, WorkingSpace::rec709);
    for (float& value : display.rgb) value = std::clamp(value, 0.0F, 1.0F);
    return display;
}

}  // namespace

ShownClip::ShownClip(const SegmentControl& control, PictureSize canvas, const TaskContext& context)
    : control_(control),
      canvas_(canvas),
      clip_(control.frames.artifact, control.frames.all, context) {
    refuse_outside(control.frames);
    const ResolvedControl& how = control.how;
    if (how.corner.has_value() != how.inside.has_value()) refuse_shown("a place without a size");
    const bool has_pixels_to_make = control.mask.has_value() || how.corner.has_value();
    if (how.kind.has_value() == has_pixels_to_make) {
        refuse_shown("expected either what it shows, or which of its pixels are kept");
    }
    if (how.grow.value_or(0) < 0) refuse_shown("a mask cannot grow by less than 0 pixels");
    if (!control.mask) return;
    refuse_outside(*control.mask);
    mask_.emplace(control.mask->artifact, control.mask->all, context);
}

std::int64_t ShownClip::number_of(const FramePart& part, std::int64_t index) const {
    return std::min(part.used.first + index, part.used.last);
}

FrameRgb ShownClip::scene(std::int64_t index) const {
    FrameRgb scene = clip_.read(number_of(control_.frames, index));
    const auto& corner = control_.how.corner;
    const PictureSize wanted = control_.how.inside.value_or(canvas_);
    if (scene.width != wanted.width || scene.height != wanted.height) {
        refuse_shown(fmt::format("a frame has {}x{} pixels, expected {}x{}",
                                 scene.width,
                                 scene.height,
                                 wanted.width,
                                 wanted.height));
    }
    if (!corner) return scene;
    FrameRgb canvas = filled(canvas_.width, canvas_.height, {0, 0, 0});
    paste(canvas, scene, corner->x, corner->y);
    return canvas;
}

std::vector<float> ShownClip::shares(std::int64_t index) const {
    const int grow = control_.how.grow.value_or(0);
    if (const auto& corner = control_.how.corner) {
        const PictureSize inside = control_.how.inside.value();
        return made_shares_around(
            corner->x, corner->y, inside.width, inside.height, canvas_.width, canvas_.height, grow);
    }
    const FrameRgb mask = mask_.value().read(number_of(control_.mask.value(), index));
    if (mask.width != canvas_.width || mask.height != canvas_.height) {
        refuse_shown("the mask has another size than the clip");
    }
    const std::vector<float> luma = luma_of(mask);
    std::vector<bool> is_made(luma.size());
    std::transform(
        luma.begin(), luma.end(), is_made.begin(), [](float value) { return value > mid_grey; });
    return made_shares(is_made, mask.width, mask.height, grow);
}

void ShownClip::show(std::int64_t index, ControlFrames& frames) const {
    FrameRgb shown = as_shown(scene(index));
    if (const auto& kind = control_.how.kind) {
        frames.frames.push_back(*kind == ControlKind::pose ? std::move(shown) : grey_of(shown));
        return;
    }
    // What fades is made as a whole.
    std::vector<float> made = shares(index);
    for (std::size_t pixel = 0; pixel < made.size(); ++pixel) {
        if (made[pixel] == 0.0F) continue;
        made[pixel] = 1;
        std::fill_n(shown.rgb.begin() + static_cast<std::ptrdiff_t>(3 * pixel), 3, mid_grey);
    }
    frames.frames.push_back(std::move(shown));
    frames.made.push_back(std::move(made));
}

FrameRgb ShownClip::over(std::int64_t index, const FrameRgb& made_scene) const {
    if (made_scene.width != canvas_.width || made_scene.height != canvas_.height) {
        refuse_shown("what was made of it has another size");
    }
    return mixed(scene(index), made_scene, shares(index));
}

void read_control(const SampleOrder& order,
                  const TaskContext& context,
                  int frames_per_latent,
                  SegmentRequest& request) {
    if (!order.control) return;
    const ShownClip clip(*order.control, order.size, context);
    if (clip.keeps_pixels()) {
        for (std::size_t index = 0; index < request.kept.size(); ++index) {
            const FrameRgb made = display_to_scene(
                std::move(request.kept[index]), TransferCurve::srgb, WorkingSpace::rec709);
            request.kept[index] = as_shown(clip.over(static_cast<std::int64_t>(index), made));
        }
    }
    ControlFrames frames;
    const std::int64_t count = 1 + std::int64_t{order.latent_count - 1} * frames_per_latent;
    for (std::int64_t index = 0; index < count; ++index) {
        clip.show(index, frames);
        context.alive();
    }
    request.control = std::move(frames);
}

}  // namespace nightreel

#include <array>

#include <fmt/format.h>

#include "pipeline/media/canvas.h"
#include "pipeline/media/picture.h"
#include "pipeline/run_task_kinds.h"
#include "pipeline/run_task_latents.h"
#include "pipeline/sample/engine.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse(const ReferencePicture& reference, const std::string& why) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the picture of {} {}", reference.path, reference.character, why));
}

// Of the shot's size; a larger one of the same shape is made smaller.
FrameRgb read_reference(const ReferencePicture& reference, PictureSize size) {
    if (digest_of_file(reference.path) != reference.digest) {
        refuse(reference, "has changed since the night was planned: plan it again");
    }
    FrameRgb picture = read_picture(reference.path);
    if (picture.width == size.width && picture.height == size.height) return picture;
    const bool same_shape =
        std::int64_t{picture.width} * size.height == std::int64_t{picture.height} * size.width;
    if (!same_shape || picture.width < size.width) {
        refuse(reference,
               fmt::format("has {}x{} pixels, but the shot has {}x{}: give it that size, or a "
                           "multiple of it",
                           picture.width,
                           picture.height,
                           size.width,
                           size.height));
    }
    return shrunk(picture, size.width, size.height);
}

}  // namespace

TaskWork run_encode(const EncodeOrder& order, const TaskContext& context) {
    std::vector<FrameRgb> pictures;
    for (const ReferencePicture& reference : order.references) {
        pictures.push_back(read_reference(reference, order.size));
    }
    Engine& engine = context.engine(order.model);
    const auto parts = static_cast<double>(order.prompts.size() + 1 + pictures.size());
    double done = 0;
    const auto step = [&](const char* what) { context.step(done++ / parts, what); };

    const Millis begin = context.clock.steady();
    PlainArrays arrays;
    for (std::size_t number = 0; number < order.prompts.size(); ++number) {
        step("reading the prompt");
        arrays[fmt::format("prompt.{}", number)] =
            array_of(engine.encode_prompt(order.prompts[number]));
    }
    arrays["negative"] = array_of(engine.encode_prompt(order.negative_prompt));
    done += 1;
    std::vector<LatentClip> references;
    for (const FrameRgb& picture : pictures) {
        step("reading a reference picture");
        references.push_back(engine.encode_picture(picture));
    }
    if (!references.empty()) arrays["references"] = array_of(join(references));
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    write_plain_arrays(context.staging / encoded_file, arrays);
    work.facts["prompts"] = order.prompts.size();
    work.facts["references"] = references.size();
    return work;
}

}  // namespace nightreel

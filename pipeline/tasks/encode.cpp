#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "pipeline/picture/canvas.h"
#include "pipeline/picture/picture.h"
#include "pipeline/sample/engine.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/latents.h"
#include "pipeline/tasks/named_picture.h"
#include "shotspec/base/files.h"
#include "shotspec/night/picture_file.h"

namespace nightreel {
namespace {

// Of the shot's size; a larger one of the same shape is made smaller.
FrameRgb read_fitting(const NamedPicture& named, PictureSize size) {
    FrameRgb picture = read_named(named);
    if (picture.width == size.width && picture.height == size.height) return picture;
    const std::string problem = frame_size_problem({picture.width, picture.height}, size);
    if (!problem.empty()) refuse_named(named, problem);
    return shrunk(picture, size.width, size.height);
}

NamedPicture named(const KeyPicture& key) {
    std::string whose = fmt::format("frame {} of the take", key.frame.value_or(0));
    if (key.at == KeyPlace::start) whose = "the take's beginning";
    if (key.at == KeyPlace::end) whose = "the take's end";
    return {std::move(whose), key.path, key.digest, key.reading, PictureGround::black};
}

LatentClip encode_references(std::span<const FrameRgb> pictures,
                             PictureSize size,
                             Engine& engine,
                             const std::function<void(const char*)>& step) {
    std::vector<LatentClip> latents;
    for (const FrameRgb& picture : pictures) {
        step("reading a reference picture");
        latents.push_back(engine.encode_reference(picture, size.width, size.height));
    }
    return join(latents);
}

}  // namespace

TaskWork run_encode(const EncodeOrder& order, const TaskContext& context) {
    Engine& engine = context.engine(order.model);
    std::vector<FrameRgb> references;
    for (const ReferencePicture& reference : order.references) {
        references.push_back(engine.fits_references_on_canvas()
                                 ? read_named(named(reference))
                                 : read_fitting(named(reference), order.size));
    }
    std::vector<FrameRgb> keys;
    for (const KeyPicture& key : order.keys) keys.push_back(read_fitting(named(key), order.size));

    const auto parts =
        static_cast<double>(order.prompts.size() + 1 + references.size() + keys.size());
    double done = 0;
    const auto step = [&](const char* what) { context.step(done++ / parts, what); };

    const Millis begin = context.clock.steady();
    PlainArrays arrays;
    step("reading the prompt");
    std::vector<std::string> texts = order.prompts;
    texts.push_back(order.negative_prompt);
    const std::vector<TextStates> read = engine.encode_prompts(texts);
    for (std::size_t number = 0; number < order.prompts.size(); ++number) {
        arrays[fmt::format("prompt.{}", number)] = array_of(read[number]);
    }
    arrays["negative"] = array_of(read.back());
    done += static_cast<double>(order.prompts.size());
    if (!references.empty()) {
        arrays["references"] = array_of(encode_references(references, order.size, engine, step));
    }
    for (std::size_t number = 0; number < keys.size(); ++number) {
        arrays[key_array(order.keys[number])] = array_of(keys[number]);
    }
    if (!keys.empty()) {
        step("reading given pictures");
        const TokenStates seen = engine.read_pictures(keys);
        if (seen.rows > 0) arrays[picture_features_array] = array_of(seen);
    }
    TaskWork work{.seconds = seconds_since(begin, context.clock),
                  .device_class = engine.device_class(),
                  .precision = engine.precision()};
    write_plain_arrays(context.staging / encoded_file, arrays);
    work.facts["prompts"] = order.prompts.size();
    work.facts["references"] = references.size();
    work.facts["keys"] = keys.size();
    return work;
}

}  // namespace nightreel

#include "pipeline/program/task_log.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/plan/orders/order_model.h"
#include "shotspec/base/host_name.h"

namespace nightreel {
namespace {

constexpr double gibibyte = 1024.0 * 1024.0 * 1024.0;

std::string gibibytes(std::int64_t bytes) {
    return fmt::format("{:.2f} GiB", static_cast<double>(bytes) / gibibyte);
}

std::string frames_of(const FrameRange& frames) {
    return fmt::format("frames {}-{}", frames.first, frames.last);
}

// What differs between the kinds of tasks: where the task belongs, and its sizes.
struct OrderText {
    std::string place;
    std::string sizes;
};

std::string take_of(const std::string& show, const std::string& shot, std::int32_t take) {
    return fmt::format("show {}, shot {}, take {}", show, shot, take);
}

OrderText text_of(const EncodeOrder& order) {
    return {fmt::format("{} prompts", order.prompts.size()),
            fmt::format("{}x{}, {} reference pictures, {} key pictures",
                        order.size.width,
                        order.size.height,
                        order.references.size(),
                        order.keys.size())};
}

OrderText text_of(const SampleOrder& order) {
    return {fmt::format("segment {}", order.segment),
            fmt::format("{}x{}, latent frames {} to {} ({} of history), {} steps, guidance {}, "
                        "seed {}, {} LoRAs",
                        order.size.width,
                        order.size.height,
                        order.latent_first,
                        order.latent_first + order.latent_count - 1,
                        order.history,
                        order.sampling.steps,
                        order.sampling.guidance,
                        order.seed,
                        order.loras.size())};
}

OrderText text_of(const DecodeOrder& order) {
    return {take_of(order.show, order.shot, order.take),
            fmt::format("{}x{}, {}, {} segments",
                        order.size.width,
                        order.size.height,
                        frames_of(order.frames),
                        order.pieces.size())};
}

OrderText text_of(const MeasureOrder& order) {
    return {frames_of(order.frames), fmt::format("{} joints", order.joints.size())};
}

OrderText text_of(const ProxyOrder& order) {
    const TakeFacts& take = order.take;
    return {take_of(take.show, take.shot, take.take),
            fmt::format("{}x{}, {}", take.size.width, take.size.height, frames_of(take.frames))};
}

OrderText text_of(const PublishOrder& order) {
    const TakeFacts& take = order.take;
    return {take_of(take.show, take.shot, take.take),
            fmt::format("{} to {}", frames_of(take.frames), order.folder)};
}

OrderText text_of(const HandOverOrder& order) {
    return {fmt::format("last frames of segment {}", order.latents.short_hex()),
            fmt::format("{}x{}, {} latent frames, {} frames to hand over",
                        order.size.width,
                        order.size.height,
                        order.latent_count,
                        order.frames)};
}

OrderText text_of(const RetimeOrder& order) {
    return {take_of(order.show, order.shot, order.take),
            fmt::format("{} from {}, {}",
                        frames_of(order.frames),
                        frames_of(order.made),
                        word_of(order.change.conversion))};
}

OrderText text_of(const IngestOrder& order) {
    return {fmt::format("{} {}", word_of(order.clip.kind), order.clip.name),
            fmt::format("{}x{} to {}x{}, {}",
                        order.clip.size.width,
                        order.clip.size.height,
                        order.size.width,
                        order.size.height,
                        frames_of(order.clip.frames))};
}

OrderText text_of(const AssembleOrder& order) {
    return {take_of(order.show, order.shot, order.take),
            fmt::format("{}, {} parts", frames_of(order.frames), order.parts.size())};
}

OrderText text_of(const RankOrder& order) {
    return {fmt::format("takes {} to {}", order.takes.front().take, order.takes.back().take),
            fmt::format("keep {}", order.keep)};
}

OrderText text_of(const DailiesOrder& order) {
    return {fmt::format("show {}", order.show), fmt::format("below {}", order.folder)};
}

std::string without_numbers(std::string_view text) {
    std::string kind;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kind), [](unsigned char c) {
        return std::isdigit(c) == 0;
    });
    return kind;
}

}  // namespace

std::string summary_of(const TaskOrder& order) {
    const OrderText text = std::visit([](const auto& known) { return text_of(known); }, order);
    return fmt::format("{}: {}", word_of(kind_of(order)), text.place);
}

TaskLog::TaskLog(std::function<void(std::string_view line)> write, const Clock& clock)
    : write_(std::move(write)), clock_(clock), begun_(clock.steady()) {}

void TaskLog::line(std::string_view text) {
    write_(fmt::format("{}\n", text));
}

void TaskLog::begin(const TaskRequest& request) {
    begun_ = clock_.steady();
    told_fraction_.reset();
    told_kind_.clear();
    const OrderText text =
        std::visit([](const auto& known) { return text_of(known); }, request.order);
    line(fmt::format("{} {} on {}, process {}, {}",
                     utc_text(clock_.wall()),
                     summary_of(request.order),
                     host_name(),
                     ::getpid(),
                     engine_version));
    note(fmt::format("result {}; {}", digest_of(request.order).hex(), text.sizes));
    if (const ModelReference* model = model_run_by(request.order)) {
        const std::string memory =
            request.memory_bytes > 0 ? gibibytes(request.memory_bytes) : "not limited";
        note(fmt::format("model {}, card {}; device {}, {} threads, precision {}, memory {}",
                         model->name,
                         model->digest.hex(),
                         request.device,
                         request.threads,
                         request.precision ? word_of(*request.precision) : "by model and device",
                         memory));
    }
    for (const InputArtifact& input : request.inputs) note("input " + input.folder);
    note("staging " + request.staging);
}

void TaskLog::step(double fraction, std::string_view text) {
    const std::string kind = without_numbers(text);
    const bool is_new = !told_fraction_ || kind != told_kind_;
    if (!is_new && fraction < *told_fraction_ + step_min && fraction < 1) return;
    told_fraction_ = fraction;
    told_kind_ = kind;
    note(fmt::format("{} ({:.1f} %)", text, 100 * fraction));
}

void TaskLog::note(std::string_view text) {
    const double seconds = std::chrono::duration<double>(clock_.steady() - begun_).count();
    line(fmt::format("{:9.1f} s  {}", seconds, text));
}

void TaskLog::end(const ChildLine& line) {
    if (line.failure) {
        note(fmt::format("failed ({}): {}", line.failure->kind, line.failure->text));
        for (const Digest& lost : line.failure->lost) note("lost input " + lost.hex());
        return;
    }
    if (!line.result) return;
    const TaskResult& result = *line.result;
    note(fmt::format("done: {:.1f} s of work, peak memory {}, device class {}, precision {}",
                     result.seconds,
                     gibibytes(result.memory_bytes),
                     result.device_class,
                     result.precision));
    if (!result.facts.empty()) note("facts " + result.facts);
}

}  // namespace nightreel

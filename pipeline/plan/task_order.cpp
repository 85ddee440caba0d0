#include "pipeline/plan/task_order.h"

#include <algorithm>
#include <utility>

#include "shotspec/describe/canonical_text.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

template <std::size_t index = 0>
TaskOrder read_alternative(std::size_t wanted, const Json& json) {
    if constexpr (index < std::variant_size_v<TaskOrder>) {
        if (wanted != index) return read_alternative<index + 1>(wanted, json);
        return from_json_value<std::variant_alternative_t<index, TaskOrder>>(json, "order");
    } else {
        throw Error(ErrorKind::bad_input, "kind: unknown task kind");
    }
}

using Contexts = std::vector<SegmentContext>;

void add_inputs(const SegmentControl& control, std::vector<Digest>& inputs) {
    inputs.push_back(control.frames.artifact);
    if (control.mask) inputs.push_back(control.mask->artifact);
}

// A clip may be used at several places.
std::vector<Digest> without_doubles(std::vector<Digest> digests) {
    std::vector<Digest> once;
    for (const Digest& digest : digests) {
        if (std::ranges::find(once, digest) == once.end()) once.push_back(digest);
    }
    return once;
}

}  // namespace

Digest digest_of(const TaskOrder& order) {
    Hasher hasher;
    hasher.field(engine_version).field(word_of(kind_of(order)));
    std::visit([&](const auto& alternative) { hasher.field(canonical_text(alternative)); }, order);
    return hasher.finish();
}

std::string to_json_text(const TaskOrder& order) {
    Json json;
    json["kind"] = word_of(kind_of(order));
    std::visit([&](const auto& alternative) { json["order"] = to_json_value(alternative); }, order);
    return json.dump();
}

TaskOrder task_order_from_json(std::string_view text) {
    const Json json = parse_json(text, "task order");
    const auto kind = from_json_value<TaskKind>(member_of(json, "kind"), "kind");
    return read_alternative(static_cast<std::size_t>(kind), member_of(json, "order"));
}

std::optional<std::string> device_class_of(const TaskOrder& order) {
    return std::visit(Overloaded{
                          [](const EncodeOrder& encode) { return encode.device_class; },
                          [](const SampleOrder& sample) { return sample.device_class; },
                          [](const DecodeOrder& decode) { return decode.device_class; },
                          [](const HandOverOrder& hand_over) { return hand_over.device_class; },
                          [](const auto&) { return std::optional<std::string>(); },
                      },
                      order);
}

std::vector<Digest> inputs_of(const TaskOrder& order) {
    return std::visit(
        Overloaded{
            [](const EncodeOrder&) { return std::vector<Digest>{}; },
            [](const SampleOrder& sample) {
                std::vector<Digest> inputs{sample.encoded};
                if (!sample.previous.empty()) inputs.push_back(sample.previous);
                if (sample.given) inputs.push_back(*sample.given);
                for (const SegmentContext& one : sample.context.value_or(Contexts())) {
                    inputs.push_back(one.frames.artifact);
                }
                if (sample.round) inputs.push_back(*sample.round);
                if (sample.start) inputs.push_back(sample.start->frames.artifact);
                for (const WindowState& one : sample.window_round.value_or(WindowRound()).states) {
                    inputs.push_back(one.state);
                }
                if (sample.control) add_inputs(*sample.control, inputs);
                return without_doubles(std::move(inputs));
            },
            [](const DecodeOrder& decode) {
                std::vector<Digest> inputs;
                for (const SegmentPiece& piece : decode.pieces) {
                    inputs.push_back(piece.latents);
                    if (piece.given) inputs.push_back(*piece.given);
                }
                return inputs;
            },
            [](const MeasureOrder& measure) {
                return std::vector<Digest>{measure.frames_artifact};
            },
            [](const ProxyOrder& proxy) { return std::vector<Digest>{proxy.frames_artifact}; },
            [](const PublishOrder& publish) {
                return std::vector<Digest>{
                    publish.frames_artifact, publish.proxy_artifact, publish.metrics_artifact};
            },
            [](const DailiesOrder&) { return std::vector<Digest>{}; },
            [](const RetimeOrder& retime) { return std::vector<Digest>{retime.frames_artifact}; },
            [](const HandOverOrder& hand_over) {
                std::vector<Digest> inputs{hand_over.latents};
                if (hand_over.given) inputs.push_back(*hand_over.given);
                return inputs;
            },
            [](const RankOrder& rank) {
                std::vector<Digest> inputs;
                for (const RankedReport& take : rank.takes) inputs.push_back(take.report);
                return inputs;
            },
            [](const IngestOrder&) { return std::vector<Digest>{}; },
            [](const AssembleOrder& assemble) {
                std::vector<Digest> inputs;
                for (const FramePart& part : assemble.parts) inputs.push_back(part.artifact);
                if (assemble.over) add_inputs(*assemble.over, inputs);
                for (const FrameMixture& mixture :
                     assemble.mixed.value_or(std::vector<FrameMixture>())) {
                    inputs.push_back(mixture.frames.artifact);
                }
                return without_doubles(std::move(inputs));
            },
        },
        order);
}

}  // namespace nightreel

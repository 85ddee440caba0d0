#include "cli/models/night_use.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/describe/text_form.h"

namespace nightreel::cli {
namespace {

std::vector<std::string> sizes_of(const ModelCard& card) {
    std::vector<std::string> sizes;
    for (const PictureSize& size : card.sizes) sizes.push_back(TextForm<PictureSize>::write(size));
    return sizes;
}

std::string size_text(const ModelCard& card) {
    const std::string any = fmt::format(
        "multiples of {} pixels, up to {} on the longer side", card.size_multiple, card.size_max);
    if (card.sizes.empty()) return any;
    const std::string listed = fmt::format("{}", fmt::join(sizes_of(card), ", "));
    return card.other_sizes ? fmt::format("{}; others: {}", listed, any) : listed;
}

std::string picture_text(PictureUse use) {
    switch (use) {
        case PictureUse::refused:
            return "not supported";
        case PictureUse::taken:
            return "optional";
        case PictureUse::needed:
            return "required";
    }
    return {};
}

std::string references_text(const ModelCard& card) {
    if (card.references_max == 0) return "not supported";
    return fmt::format("up to {} per segment", card.references_max);
}

// Of the strategy that is usual for the model.
std::int64_t usual_overlap_frames(const ModelCard& card) {
    const std::int32_t segment = card.window.latent_frames;
    if (usual_strategy(card) == Strategy::windowed) {
        return frames_of_overlap(usual_window_overlap(segment), card);
    }
    return overlap_frames(usual_overlap(card, segment, false), card, continuation_of(card));
}

std::string length_text(const ModelCard& card) {
    const std::int64_t usual = frames_of_segment(card.window.latent_frames, card);
    const std::int64_t longest = frames_of_segment(card.window.latent_frames_max, card);
    const std::string strategies = strategies_text(card);
    if (strategies.empty()) {
        return fmt::format("up to {} frames in one segment; the model does not continue a segment",
                           longest);
    }
    return fmt::format("any, by {}; segments of {} frames (at most {}) that overlap by {} frames",
                       strategies,
                       usual,
                       longest,
                       usual_overlap_frames(card));
}

}  // namespace

std::string night_use_text(const ModelCard& card) {
    std::string text = "  in a night file\n";
    const auto add = [&](const char* key, const std::string& value) {
        text += fmt::format("    {:<12} {}\n", key, value);
    };
    add("model", card.name);
    add("size", size_text(card));
    add("fps", TextForm<FrameRate>::write(card.rate));
    add("length", length_text(card));
    add("references", references_text(card));
    add("keys",
        fmt::format("first picture: {}; last picture: {}",
                    picture_text(card.first_picture),
                    picture_text(card.last_picture)));
    add("prompt", fmt::format("up to {} tokens", card.prompt_tokens_max));
    return text;
}

nlohmann::json night_use_json(const ModelCard& card) {
    return {{"model", card.name},
            {"sizes", sizes_of(card)},
            {"other_sizes", card.other_sizes},
            {"size_multiple", card.size_multiple},
            {"size_max", card.size_max},
            {"fps", TextForm<FrameRate>::write(card.rate)},
            {"segment_frames", frames_of_segment(card.window.latent_frames, card)},
            {"segment_frames_max", frames_of_segment(card.window.latent_frames_max, card)},
            {"overlap_frames", usual_overlap_frames(card)},
            {"several_segments", !strategies_text(card).empty()},
            {"strategy", std::string(word_of(usual_strategy(card)))},
            {"references_max", card.references_max},
            {"first_picture", std::string(word_of(card.first_picture))},
            {"last_picture", std::string(word_of(card.last_picture))},
            {"prompt_tokens_max", card.prompt_tokens_max}};
}

}  // namespace nightreel::cli

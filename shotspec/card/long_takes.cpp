#include "shotspec/card/long_takes.h"

#include <algorithm>
#include <string_view>

#include "shotspec/card/legal_values.h"

namespace nightreel {
namespace {

constexpr std::int32_t kept_latents = 5;  // 17 frames, the clip that VACE's own guide goes on from
constexpr std::int32_t kept_latents_draft = 3;
constexpr std::int32_t window_overlap_share = 4;

bool is_of(const ModelCard& card, std::string_view part) {
    return card.family.find(part) != std::string::npos;
}

}  // namespace

Continuation continuation_of(const ModelCard& card) {
    if (card.continues) return *card.continues;
    if (is_of(card, "ti2v")) return Continuation::picture;
    if (card.history) return Continuation::latents;
    if (is_of(card, "vace")) return Continuation::frames;
    const bool begins_with_picture = card.first_picture != PictureUse::refused;
    return begins_with_picture && card.last_picture != PictureUse::needed ? Continuation::picture
                                                                          : Continuation::none;
}

bool has_control_channels(const ModelCard& card) {
    return is_of(card, "vace");
}

bool can_use_windows(const ModelCard& card) {
    return card.first_picture != PictureUse::needed && card.last_picture != PictureUse::needed;
}

bool can_use_anchors(const ModelCard& card) {
    const bool ends_with_picture =
        card.last_picture != PictureUse::refused || card.pictures_between == PictureUse::taken;
    return card.first_picture != PictureUse::refused && ends_with_picture;
}

Strategy usual_strategy(const ModelCard& card) {
    if (card.strategy) return *card.strategy;
    const bool chains = continuation_of(card) != Continuation::none || !can_use_windows(card);
    return chains ? Strategy::chain : Strategy::windowed;
}

std::int32_t usual_overlap(const ModelCard& card, std::int32_t segment, bool is_draft) {
    const Continuation how = continuation_of(card);
    if (how == Continuation::picture) return 1;
    if (is_draft && card.window.overlap_draft) return *card.window.overlap_draft;
    if (how != Continuation::frames || card.window.overlap > 0) return card.window.overlap;
    const std::int32_t usual = is_draft ? kept_latents_draft : kept_latents;
    return std::clamp(usual, 1, std::max(1, segment - 2));
}

std::int32_t usual_window_overlap(std::int32_t segment) {
    return std::max(1, (segment + 1) / window_overlap_share);
}

std::int64_t overlap_frames(std::int32_t latents, const ModelCard& card, Continuation how) {
    const bool is_front = how == Continuation::picture || how == Continuation::frames;
    return is_front && latents > 0 ? frames_of_segment(latents, card)
                                   : frames_of_overlap(latents, card);
}

std::string strategies_text(const ModelCard& card, const std::optional<Strategy>& without) {
    std::string text;
    const auto add = [&](Strategy strategy, const char* words) {
        if (strategy != without) text += text.empty() ? words : std::string(" or ") + words;
    };
    switch (continuation_of(card)) {
        case Continuation::none:
            break;
        case Continuation::latents:
            add(Strategy::chain, "chain (from the last latents)");
            break;
        case Continuation::picture:
            add(Strategy::chain, "chain (from the last frame)");
            break;
        case Continuation::frames:
            add(Strategy::chain, "chain (from the last frames)");
            break;
    }
    if (can_use_anchors(card)) add(Strategy::anchors, "anchors (pictures in keys)");
    if (can_use_windows(card)) add(Strategy::windowed, "windowed");
    return text;
}

}  // namespace nightreel

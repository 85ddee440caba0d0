#include "pipeline/plan/edit/storyboard_prompts.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/plan/edit/made_parts.h"
#include "pipeline/plan/strategy/window_plan.h"
#include "shotspec/base/error.h"

namespace nightreel {

std::vector<std::string> prompts_of(const ResolvedShot& shot) {
    if (!shot.cards) return {shot.prompt};
    std::vector<std::string> prompts;
    for (const TextCard& card : *shot.cards) prompts.push_back(card.prompt);
    return prompts;
}

std::string whole_text(const ResolvedShot& shot) {
    return fmt::format("{}", fmt::join(prompts_of(shot), " | "));
}

namespace {

std::int32_t prompt_at(const std::vector<TextCard>& cards, std::int64_t frame) {
    std::int32_t prompt = 0;
    for (std::size_t index = 0; index < cards.size(); ++index) {
        if (cards[index].frame <= frame) prompt = static_cast<std::int32_t>(index);
    }
    return prompt;
}

}  // namespace

std::int32_t prompt_of(const ResolvedShot& shot, const ModelCard& card, const Segment& segment) {
    if (!shot.cards) return 0;
    const std::int64_t stride = card.latents.frames_per_latent;
    const std::int64_t shared = segment.shared_frames.value_or(0);
    const bool begins_stream = segment.history == 0;
    const std::int64_t added = begins_stream ? 1 + (segment.latent_count - 1) * stride - shared
                                             : (segment.latent_count - segment.history) * stride;
    const std::int64_t end = std::min(segment.frame_first + added, shot.frames.count());
    return prompt_at(*shot.cards, (segment.frame_first + end) / 2);
}

std::optional<std::vector<std::int32_t>> window_prompts_of(const ResolvedShot& shot,
                                                           const ModelCard& card,
                                                           const SegmentPlan& plan) {
    if (!shot.cards || !plan.windows) return {};
    std::vector<std::int32_t> prompts;
    for (const LatentWindow& window : place_windows(plan.latent_count, *plan.windows)) {
        const std::int64_t first = first_frame_of(window.own_first(), card.latents);
        const std::int64_t end = first_frame_of(window.end(), card.latents);
        prompts.push_back(prompt_at(*shot.cards, (first + std::min(end, shot.frames.count())) / 2));
    }
    return prompts;
}

std::int32_t prompt_of_part(const ResolvedShot& shot,
                            const std::vector<EditPart>& parts,
                            std::size_t part) {
    if (!shot.cards) return 0;
    std::int64_t first = 0;
    for (std::size_t index = 0; index < part; ++index) first += parts[index].count;
    return prompt_at(*shot.cards, first + parts[part].count / 2);
}

void refuse_unused_cards(const ResolvedShot& shot,
                         const ModelCard& card,
                         const SegmentPlan& segments) {
    if (!shot.cards) return;
    std::vector<bool> is_used(shot.cards->size());
    const auto use = [&](std::int32_t prompt) { is_used[static_cast<std::size_t>(prompt)] = true; };
    if (const auto prompts = window_prompts_of(shot, card, segments)) {
        std::ranges::for_each(*prompts, use);
    } else if (has_parts(shot)) {
        const std::vector<EditPart> parts = parts_of(shot, card);
        for (std::size_t part = 0; part < parts.size(); ++part) {
            use(prompt_of_part(shot, parts, part));
        }
    } else {
        for (const Segment& segment : segments.segments) use(prompt_of(shot, card, segment));
    }
    const auto unused = std::ranges::find(is_used, false);
    if (unused == is_used.end()) return;
    const auto index = static_cast<std::size_t>(unused - is_used.begin());
    throw Error(ErrorKind::bad_input,
                fmt::format("the text of storyboard[{}], from frame {}, holds in the middle of no "
                            "segment: a text holds for whole segments, or windows; move its card "
                            "or the next one, or make `segment` shorter",
                            index,
                            (*shot.cards)[index].frame));
}

}  // namespace nightreel

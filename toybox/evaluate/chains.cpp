#include "toybox/evaluate/chains.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "toybox/detect/judge.h"
#include "toybox/detect/seam.h"
#include "toybox/world/caption.h"
#include "toybox/world/render.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t character_seed = 2024;
constexpr std::size_t segments = 4;
constexpr std::int32_t overlap_latents = 2;

struct Variant {
    const char* name;
    std::int32_t overlap;
    bool with_sheet;
};

constexpr std::array<Variant, 4> variants{{{"both", overlap_latents, true},
                                           {"neither", 0, false},
                                           {"overlap", overlap_latents, false},
                                           {"sheet", 0, true}}};

struct Story {
    Actor actor;
    std::array<std::string, segments> captions;
};

// The first caption describes the actor, the others say "the character" and what it does next. It
// never walks, so that it is still in view after four segments.
Story story_of(std::size_t character) {
    constexpr std::array<Action, 4> next{
        Action::stands, Action::jumps, Action::spins, Action::floats};
    Dice dice(character_seed, character);
    Record record = sample_record(dice, {.phases = 1, .camera = Camera::still, .pillar = false});
    Story story{record.actors.front(), {caption_of(record, dice).text}};
    for (std::size_t s = 1; s < segments; ++s) {
        record.actors.front().actions = {next[dice.below(next.size())]};
        story.captions[s] = caption_of(record, dice, Naming::generic).text;
    }
    return story;
}

struct ChainResult {
    std::array<bool, segments> kept{};
    std::vector<double> seams;
};

// Every segment is judged on 17 frames: the last ones up to its end.
std::array<bool, segments> kept_in(const Clip& stream,
                                   const std::array<std::size_t, segments>& ends,
                                   const Actor& actor,
                                   const Detector& detector) {
    std::array<bool, segments> kept{};
    for (std::size_t s = 0; s < segments; ++s) {
        const std::span<const Frame> part =
            std::span(stream).subspan(ends[s] - window_frames, window_frames);
        kept[s] = is_same_character(detector.detect(part), actor);
    }
    return kept;
}

ChainResult run_chain(ClipMaker& maker,
                      const Detector& detector,
                      const Variant& variant,
                      std::size_t character) {
    const Story story = story_of(character);
    ClipOrder order{.name = fmt::format("chain {} {}", variant.name, character)};
    if (variant.with_sheet) order.sheet = maker.encode_sheet(render_sheet(story.actor));
    std::vector<LatentClip> parts;
    for (const std::string& caption : story.captions) {
        order.caption = caption;
        const LatentClip window = maker.sample(order);
        parts.push_back(slice(window, order.history.frames, window_latents - order.history.frames));
        order.history = slice(window, window_latents - variant.overlap, variant.overlap);
        order.first_latent += window_latents - variant.overlap;
    }
    // Overlapping segments are one stream of latents; the others are decoded apart and cut
    // together.
    Clip stream;
    if (variant.overlap > 0) {
        stream = maker.decode(join(parts));
    } else {
        for (const LatentClip& part : parts) {
            const Clip clip = maker.decode(part);
            stream.insert(stream.end(), clip.begin(), clip.end());
        }
    }
    const std::size_t step = variant.overlap > 0
                                 ? frames_per_latent * (window_latents - overlap_latents)
                                 : window_frames;
    std::array<std::size_t, segments> ends{};
    for (std::size_t s = 0; s < segments; ++s) ends[s] = window_frames + s * step;
    const UsualSteps usual =
        variant.overlap > 0 ? UsualSteps::away_from_joints : UsualSteps::away_from_starts;
    return {kept_in(stream, ends, story.actor, detector),
            seam_ratios(stream, std::span(ends).first<segments - 1>(), usual)};
}

}  // namespace

void measure_chains(const Crew& crew, std::size_t characters, const Report& report) {
    const Detector detector;
    std::vector<ChainResult> results(variants.size() * characters);
    share_work(crew, "chain", results.size(), [&](ClipMaker& maker, std::size_t i) {
        results[i] = run_chain(maker, detector, variants[i / characters], i % characters);
    });
    for (std::size_t v = 0; v < variants.size(); ++v) {
        std::size_t kept = 0;
        std::vector<double> seams;
        for (std::size_t c = 0; c < characters; ++c) {
            const ChainResult& result = results[v * characters + c];
            kept += static_cast<std::size_t>(
                std::count(result.kept.begin() + 1, result.kept.end(), true));
            seams.insert(seams.end(), result.seams.begin(), result.seams.end());
        }
        const std::string name = fmt::format("chain.{}", variants[v].name);
        report(share_figure(name + ".identity", wilson(kept, (segments - 1) * characters)));
        report(median_figure(name + ".seam", std::move(seams)));
    }
}

}  // namespace nightreel::toybox

#include "toybox/evaluate/following.h"

#include <string>

#include <fmt/format.h>

#include "toybox/detect/judge.h"
#include "toybox/world/caption.h"

namespace nightreel::toybox {
namespace {

constexpr std::uint64_t caption_seed = 31337;

}  // namespace

void measure_following(const Crew& crew, std::size_t clips, const Report& report) {
    const Detector detector;
    std::vector<Judgement> results(clips);
    share_work(crew, "follow", clips, [&](ClipMaker& maker, std::size_t i) {
        Dice dice(caption_seed, i);
        const Caption caption = caption_of(sample_record(dice, {.phases = 1}), dice);
        const LatentClip latents =
            maker.sample({.name = fmt::format("follow {}", i), .caption = caption.text});
        results[i] = judge(detector.detect(maker.decode(latents)), caption.facts);
    });
    Judgement sum;
    for (const Judgement& result : results) sum += result;
    report(share_figure("follow.exact", wilson(sum.exact.right, sum.exact.asked)));
    for (const auto& [attribute, word] : EnumWords<Attribute>::words) {
        const Tally& tally = sum.of(attribute);
        report(share_figure(fmt::format("follow.{}", word), wilson(tally.right, tally.asked)));
    }
}

}  // namespace nightreel::toybox

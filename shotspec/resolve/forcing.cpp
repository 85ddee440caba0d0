#include "shotspec/resolve/forcing.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

// One field of the forcing: the shot's, else that of the defaults.
template <class T>
Setting<T> asked(const ShotSettingsReader& settings,
                 const std::string& name,
                 std::optional<T> ForcingAsked::*field) {
    const auto& own = settings.shot().settings.forcing;
    if (own && (*own).*field) return {(*own).*field, settings.path_of("forcing." + name)};
    const auto& shared = settings.night().defaults.forcing;
    if (shared && (*shared).*field) return {(*shared).*field, "defaults.forcing." + name};
    return {{}, settings.path_of("forcing." + name)};
}

// Where something is complained of that two settings make together: at the first one that was
// written.
std::string written_of(const ShotSettingsReader& settings, const std::vector<std::string>& paths) {
    const auto found = std::ranges::find_if(
        paths, [&](const std::string& path) { return settings.is_written(path); });
    return found == paths.end() ? paths.front() : *found;
}

// "20 (77f) and 25 (97f)": the whole numbers of blocks on both sides of a count, of those that are
// allowed; `frames_of` says what a count is in frames.
template <class FramesOf>
std::string nearest_whole(std::int32_t latents,
                          std::int32_t block,
                          std::int32_t least,
                          std::int32_t most,
                          FramesOf&& frames_of) {
    std::vector<std::string> nearest;
    const std::int32_t below = latents / block * block;
    for (const std::int32_t count : {below, below + block}) {
        if (count < least || count > most) continue;
        nearest.push_back(fmt::format("{} ({}f)", count, frames_of(count)));
    }
    if (nearest.empty()) return "there is none that is one";
    return (nearest.size() == 1 ? "the nearest is " : "the nearest are ") + listed(nearest);
}

void check_segment(const ShotSettingsReader& settings,
                   const ModelCard& card,
                   const ResolvedShot& shot,
                   std::int32_t block) {
    if (shot.segment_latents % block == 0) return;
    const auto frames_of = [&](std::int32_t latents) { return frames_of_segment(latents, card); };
    settings.complain(written_of(settings,
                                 {settings.get("segment", &ShotSettings::segment).path,
                                  asked(settings, "block", &ForcingAsked::block).path}),
                      fmt::format("a segment of {}f has {} latent frames, no whole number of "
                                  "blocks of {}; {}; or write forcing: {{ block: 1 }}",
                                  frames_of(shot.segment_latents),
                                  shot.segment_latents,
                                  block,
                                  nearest_whole(shot.segment_latents,
                                                block,
                                                card.window.latent_frames_min,
                                                card.window.latent_frames_max,
                                                frames_of)));
}

// The reference keeps whole blocks of history and samples the rest anew, without joining it.
void check_overlap(const ShotSettingsReader& settings,
                   const ModelCard& card,
                   const ResolvedShot& shot,
                   std::int32_t block) {
    const bool is_joined = shot.frames.count() > frames_of_segment(shot.segment_latents, card);
    if (!is_joined || shot.overlap_latents % block == 0) return;
    const auto frames_of = [&](std::int32_t latents) { return frames_of_overlap(latents, card); };
    settings.complain(
        written_of(settings,
                   {settings.get("overlap", &ShotSettings::overlap).path,
                    asked(settings, "block", &ForcingAsked::block).path}),
        fmt::format(
            "an overlap of {}f has {} latent frames, no whole number of "
            "blocks of {}; {}; or write forcing: {{ block: 1 }}",
            frames_of(shot.overlap_latents),
            shot.overlap_latents,
            block,
            nearest_whole(shot.overlap_latents, block, 0, shot.segment_latents - 1, frames_of)));
}

// What is no whole block stands at the front of the first one.
void check_front(const ShotSettingsReader& settings, const ResolvedShot& shot, std::int32_t block) {
    if (block == 1) return;
    const std::string remedy = "write forcing: { block: 1 }";
    const bool begins_with_picture =
        std::ranges::find(shot.keys, KeyPlace::start, &KeyPicture::at) != shot.keys.end();
    if (begins_with_picture) {
        settings.complain(settings.path_of("keys"),
                          fmt::format("a picture at {} is one latent frame, and blocks of {} move "
                                      "as a whole; {}",
                                      word_of(KeyPlace::start),
                                      block,
                                      remedy));
    }
    if (!shot.references.empty()) {
        settings.complain(
            settings.path_of("prompt"),
            fmt::format("reference pictures of its characters stand before the clip, and would "
                        "shift its blocks of {} latent frames; {}",
                        block,
                        remedy));
    }
}

}  // namespace

std::optional<ForcingSettings> resolve_forcing(const ShotSettingsReader& settings,
                                               const ModelCard& card,
                                               const SamplingSettings& of_card) {
    if (!of_card.forcing) {
        const auto forcing = settings.get("forcing", &ShotSettings::forcing);
        if (settings.is_written(forcing.path)) {
            settings.complain(
                forcing.path,
                fmt::format("{} has no forcing in its card: its latent frames have no noise levels "
                            "of their own; leave it out",
                            card.name));
        }
        return {};
    }
    ForcingSettings forcing = *of_card.forcing;
    forcing.block = asked(settings, "block", &ForcingAsked::block).value.value_or(forcing.block);
    forcing.lag = asked(settings, "lag", &ForcingAsked::lag).value.value_or(forcing.lag);
    forcing.history_noise = asked(settings, "history_noise", &ForcingAsked::history_noise)
                                .value.value_or(forcing.history_noise);
    return forcing;
}

void check_forcing(const ShotSettingsReader& settings,
                   const ModelCard& card,
                   const ResolvedShot& shot) {
    if (!shot.sampling.forcing) return;
    for (const std::string& problem : lag_problems(shot.sampling)) {
        settings.complain(
            written_of(settings,
                       {asked(settings, "lag", &ForcingAsked::lag).path,
                        settings.get("step_cache", &ShotSettings::step_cache).path,
                        settings.get("guidance_until", &ShotSettings::guidance_until).path,
                        settings.get("guidance_interval", &ShotSettings::guidance_interval).path}),
            problem);
    }
    const std::int32_t block = shot.sampling.forcing->block;
    check_segment(settings, card, shot, block);
    check_overlap(settings, card, shot, block);
    check_front(settings, shot, block);
}

}  // namespace nightreel

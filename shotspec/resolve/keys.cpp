#include "shotspec/resolve/keys.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"

namespace nightreel {
namespace {

KeyPlace place_of(const KeyTime& at) {
    if (at.is_end) return KeyPlace::end;
    return at.is_start() ? KeyPlace::start : KeyPlace::between;
}

void check_end(const ShotSettingsReader& settings,
               const ModelCard& card,
               const std::vector<WrittenKey>& keys,
               std::pair<KeyPlace, PictureUse> end) {
    const std::string path = settings.path_of("keys");
    const auto [place, use] = end;
    const bool is_given = has_key(keys, place);
    if (is_given && use == PictureUse::refused) {
        settings.complain(path,
                          fmt::format("{} takes no picture at {}", card.name, word_of(place)));
    }
    if (is_given || use != PictureUse::needed) return;
    if (!settings.is_written(path)) {
        settings.complain(path,
                          fmt::format("{} needs a picture: write keys: [{{ at: {}, image: FILE }}]",
                                      card.name,
                                      word_of(place)));
    } else if (settings.is_right(path)) {
        settings.complain(path,
                          fmt::format("{} needs a picture at {} too", card.name, word_of(place)));
    }
}

// The frame of a key between the ends, or nothing after a complaint.
std::optional<std::int64_t> frame_of(const ShotSettingsReader& settings,
                                     const WrittenKey& key,
                                     const TakeTime& take) {
    const WholeFrames at = frame_after(key.at.after, take);
    const auto complain = [&](std::string why) {
        settings.complain(key.path + ".at", std::move(why));
        return std::nullopt;
    };
    if (!at.problem.empty()) return complain(at.problem);
    if (at.count == take.frames - 1)
        return complain("is the last frame of the take; write at: end");
    return at.count;
}

std::int64_t group_of(std::int64_t frame, const ModelCard& card) {
    const std::int64_t stride = card.latents.frames_per_latent;
    return (frame + stride - 1) / stride;
}

}  // namespace

WholeFrames frame_after(Length after, const TakeTime& take) {
    if (after.amount == 0) return {};
    if (after.unit == LengthUnit::frames && take.change) {
        after.amount = source_of(after.amount, *take.change).first;
    }
    WholeFrames at = whole_frames(after, take.rate);
    if (at.problem.empty() && at.count >= take.frames) {
        at.problem =
            fmt::format("frame {} is outside of the take, which has {} frames with handles",
                        at.count,
                        take.frames);
    }
    return at;
}

bool takes_pictures_anywhere(const ModelCard& card) {
    return card.pictures_between == PictureUse::taken;
}

std::vector<std::int64_t> key_frames(const std::vector<KeyPicture>& keys, std::int64_t frames) {
    std::vector<std::int64_t> found;
    for (const KeyPicture& key : keys) {
        if (key.at == KeyPlace::start) found.push_back(0);
        if (key.at == KeyPlace::between) found.push_back(key.frame.value_or(0));
        if (key.at == KeyPlace::end) found.push_back(frames - 1);
    }
    return found;
}

std::vector<WrittenKey> find_keys(const ShotSettingsReader& settings, PictureShelf& pictures) {
    std::vector<WrittenKey> found;
    const std::vector<NightKey>& keys = settings.shot().keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string path = settings.path_of(fmt::format("keys[{}]", i));
        const std::string image_path = path + ".image";
        if (!settings.is_right(path + ".at") || !settings.is_right(image_path)) continue;
        if (std::ranges::find(found, keys[i].at, &WrittenKey::at) != found.end()) {
            settings.complain(path,
                              fmt::format("a second picture for {}; keep one",
                                          TextForm<KeyTime>::write(keys[i].at)));
            continue;
        }
        found.push_back(
            {keys[i].at, path, pictures.find(keys[i].image, image_path, PictureGround::black)});
    }
    return found;
}

bool has_key(const std::vector<WrittenKey>& keys, KeyPlace place) {
    return std::ranges::any_of(keys,
                               [&](const WrittenKey& key) { return place_of(key.at) == place; });
}

void check_keys(const ShotSettingsReader& settings,
                const ModelCard& card,
                const std::vector<WrittenKey>& keys) {
    const bool anywhere = takes_pictures_anywhere(card);
    check_end(settings, card, keys, {KeyPlace::start, card.first_picture});
    const bool ends_anywhere = anywhere && card.last_picture == PictureUse::refused;
    check_end(settings,
              card,
              keys,
              {KeyPlace::end, ends_anywhere ? PictureUse::taken : card.last_picture});
    if (anywhere || can_use_anchors(card)) return;
    for (const WrittenKey& key : keys) {
        if (place_of(key.at) != KeyPlace::between) continue;
        settings.complain(key.path + ".at",
                          fmt::format("{} takes pictures at 0s or end only, not at {}",
                                      card.name,
                                      TextForm<KeyTime>::write(key.at)));
    }
}

std::vector<KeyPicture> place_keys(const ShotSettingsReader& settings,
                                   const ModelCard& card,
                                   const TakeTime& take,
                                   const std::vector<WrittenKey>& keys) {
    const std::int64_t frames = take.frames;
    std::vector<KeyPicture> placed;
    std::vector<std::pair<std::int64_t, std::string>> groups;
    for (const WrittenKey& key : keys) {
        const GivenPicture& given = key.picture;
        KeyPicture picture{place_of(key.at), given.path, given.digest, given.reading, given.size};
        std::int64_t frame = picture.at == KeyPlace::end ? frames - 1 : 0;
        if (picture.at == KeyPlace::between) {
            const auto whole = frame_of(settings, key, take);
            if (!whole) continue;
            frame = *whole;
            picture.frame = frame;
        }
        if (takes_pictures_anywhere(card)) {
            const std::int64_t group = group_of(frame, card);
            const auto same =
                std::ranges::find(groups, group, &std::pair<std::int64_t, std::string>::first);
            if (same != groups.end() && frames > 1) {
                settings.complain(key.path + ".at",
                                  fmt::format("within {} frames of {}, which {} cannot tell apart; "
                                              "move it",
                                              card.latents.frames_per_latent,
                                              same->second,
                                              card.name));
                continue;
            }
            groups.emplace_back(group, TextForm<KeyTime>::write(key.at));
        }
        placed.push_back(std::move(picture));
    }
    std::ranges::stable_sort(placed, [](const KeyPicture& a, const KeyPicture& b) {
        return std::pair(a.at, a.frame.value_or(0)) < std::pair(b.at, b.frame.value_or(0));
    });
    return placed;
}

}  // namespace nightreel

#include "shotspec/resolve/delivery.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::size_t owner_length_max = 200;

void resolve_exr(const ShotSettingsReader& settings, ResolvedShot& shot) {
    const Setting<ExrAsked> asked = settings.get("exr", &ShotSettings::exr);
    if (!asked.value) return;
    const ExrCoding coding{asked.value->compression.value_or(ExrCompression::piz),
                           asked.value->colour.value_or(ExrColour::lin_rec709)};
    if (coding != ExrCoding()) shot.exr = coding;
    if (is_lossy(coding.compression)) {
        settings.warn(asked.path + ".compression",
                      fmt::format("{} is lossy: for review, not for plates; piz, zip and zips "
                                  "are lossless",
                                  word_of(coding.compression)));
    }
    if (!asked.value->owner) return;
    const std::string& owner = *asked.value->owner;
    const bool is_printable = std::ranges::none_of(
        owner, [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; });
    if (owner.empty() || owner.size() > owner_length_max || !is_printable) {
        settings.complain(asked.path + ".owner",
                          fmt::format("expected one line of 1 to {} bytes", owner_length_max));
        return;
    }
    shot.owner = owner;
}

void resolve_movies(const ShotSettingsReader& settings, ResolvedShot& shot) {
    const auto asked = settings.get("movies", &ShotSettings::movies);
    if (!asked.value) return;
    std::vector<MovieFormat> movies = *asked.value;
    std::ranges::sort(movies);
    if (std::ranges::adjacent_find(movies) != movies.end()) {
        settings.complain(asked.path, "a format is given twice; keep one");
        return;
    }
    if (movies.empty() || movies.front() != MovieFormat::h264) {
        settings.complain(asked.path,
                          "h264 is missing: the review movie is always made; write it too");
        return;
    }
    movies.erase(movies.begin());
    if (!movies.empty()) shot.movies = movies;
}

}  // namespace

void resolve_delivery(const ShotSettingsReader& settings, ResolvedShot& shot) {
    resolve_exr(settings, shot);
    resolve_movies(settings, shot);
}

}  // namespace nightreel

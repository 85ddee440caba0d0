#include "pipeline/tasks/latents.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "pipeline/tasks/kinds.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

const PlainArray& find_array(const PlainArrays& arrays,
                             const std::string& name,
                             std::size_t rank,
                             const std::filesystem::path& file) {
    const auto found = arrays.find(name);
    if (found == arrays.end()) {
        throw Error(ErrorKind::corrupt, fmt::format("{}: {} is missing", file.string(), name));
    }
    if (found->second.shape.size() != rank) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{}: {}: has {} dimensions, expected {}",
                                file.string(),
                                name,
                                found->second.shape.size(),
                                rank));
    }
    const auto is_finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(found->second.values.begin(), found->second.values.end(), is_finite)) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{}: {}: contains NaN or infinity", file.string(), name));
    }
    return found->second;
}

std::int32_t length_of(const PlainArray& array, std::size_t dimension) {
    return static_cast<std::int32_t>(array.shape[dimension]);
}

}  // namespace

PlainArray array_of(const LatentClip& clip) {
    return {{clip.channels, clip.frames, clip.height, clip.width}, clip.values};
}

PlainArray array_of(const TokenStates& states) {
    return {{states.rows, states.width}, states.values};
}

PlainArray array_of(const FrameRgb& picture) {
    return {{picture.height, picture.width, 3}, picture.rgb};
}

PlainArray array_of(const std::vector<FrameRgb>& pictures) {
    NIGHTREEL_CHECK(!pictures.empty(), "pictures of one size");
    const FrameRgb& first = pictures.front();
    PlainArray array{{std::ssize(pictures), first.height, first.width, 3}, {}};
    for (const FrameRgb& picture : pictures) {
        NIGHTREEL_CHECK(picture.rgb.size() == first.rgb.size(), "pictures of one size");
        array.values.insert(array.values.end(), picture.rgb.begin(), picture.rgb.end());
    }
    return array;
}

LatentClip clip_in(const PlainArrays& arrays,
                   const std::string& name,
                   const std::filesystem::path& file) {
    const PlainArray& array = find_array(arrays, name, 4, file);
    return {.channels = length_of(array, 0),
            .frames = length_of(array, 1),
            .height = length_of(array, 2),
            .width = length_of(array, 3),
            .values = array.values};
}

TokenStates states_in(const PlainArrays& arrays,
                      const std::string& name,
                      const std::filesystem::path& file) {
    const PlainArray& array = find_array(arrays, name, 2, file);
    return {.rows = length_of(array, 0), .width = length_of(array, 1), .values = array.values};
}

FrameRgb picture_in(const PlainArrays& arrays,
                    const std::string& name,
                    const std::filesystem::path& file) {
    const PlainArray& array = find_array(arrays, name, 3, file);
    if (array.shape[2] != 3) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{}: {}: not an RGB picture", file.string(), name));
    }
    return {.width = length_of(array, 1), .height = length_of(array, 0), .rgb = array.values};
}

std::vector<FrameRgb> pictures_in(const PlainArrays& arrays,
                                  const std::string& name,
                                  const std::filesystem::path& file) {
    const PlainArray& array = find_array(arrays, name, 4, file);
    if (array.shape[0] < 1 || array.shape[3] != 3) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{}: {}: contains no RGB pictures", file.string(), name));
    }
    const std::int64_t length = array.shape[1] * array.shape[2] * 3;
    std::vector<FrameRgb> pictures;
    for (auto from = array.values.begin(); from != array.values.end(); from += length) {
        pictures.push_back({.width = length_of(array, 2),
                            .height = length_of(array, 1),
                            .rgb = std::vector<float>(from, from + length)});
    }
    return pictures;
}

LatentClip read_latents(const std::filesystem::path& folder,
                        LatentSize size,
                        std::int32_t latent_count) {
    const std::filesystem::path file = folder / latents_file;
    LatentClip clip = clip_in(read_plain_arrays(file), "latents", file);
    if (clip.size() != size || clip.frames != latent_count) {
        throw Error(
            ErrorKind::corrupt,
            fmt::format("{}: contains {} latent frames of {}x{}x{}, expected {} of {}x{}x{}",
                        file.string(),
                        clip.frames,
                        clip.channels,
                        clip.height,
                        clip.width,
                        latent_count,
                        size.channels,
                        size.height,
                        size.width));
    }
    return clip;
}

}  // namespace nightreel

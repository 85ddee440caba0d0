#pragma once
// How a take that is longer than a model's window is made. Plain values, any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// chain: one segment after the other, each begins with what the one before ends with.
// windowed: all windows of the take are sampled together and averaged where they overlap.
// anchors: a segment for each gap between two given pictures, which it begins and ends with.
enum class Strategy { chain, windowed, anchors };

template <>
struct EnumWords<Strategy> {
    static constexpr auto words =
        std::to_array<std::pair<Strategy, std::string_view>>({{Strategy::chain, "chain"},
                                                              {Strategy::windowed, "windowed"},
                                                              {Strategy::anchors, "anchors"}});
};

// What a segment of a chain is given of the one before it.
enum class Continuation {
    none,     // nothing: the model makes single segments
    latents,  // its last latent frames; all segments are one stream of the decoder
    picture,  // its last frame; each segment is a stream of its own
    frames,   // its last 4 k + 1 frames as kept frames (VACE); a stream of its own
};

template <>
struct EnumWords<Continuation> {
    static constexpr auto words = std::to_array<std::pair<Continuation, std::string_view>>(
        {{Continuation::none, "none"},
         {Continuation::latents, "latents"},
         {Continuation::picture, "picture"},
         {Continuation::frames, "frames"}});
};

// Windows of a take that is sampled as a whole (pipeline/plan/strategy/window_plan.h).
struct WindowSettings {
    std::int32_t latent_count = 0;  // of a window
    std::int32_t overlap = 0;       // latent frames that neighbours average, at least
    // Noise of later windows is that of the first one, in another order (FreeNoise).
    bool free_noise = false;
    // Windows are tasks of their own and are averaged after so many steps; absent: after each, in
    // one task.
    std::optional<std::int32_t> exchange = {};

    friend bool operator==(const WindowSettings&, const WindowSettings&) = default;
};

template <class Visitor>
void describe(WindowSettings& value, Visitor& field) {
    field("latent_count", value.latent_count, {.meaning = "Latent frames in a window."});
    field("overlap",
          value.overlap,
          {.meaning = "Latent frames over which neighbouring windows are averaged, at least."});
    field("free_noise",
          value.free_noise,
          {.meaning = "Whether later windows start from the noise of the first one, reordered."});
    field("exchange", value.exchange, {.meaning = "Steps of a window between two averages."});
}

}  // namespace nightreel

#pragma once
// Movies that a take can be delivered as. A plain value, any thread.

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// H.264 4:2:0 8 bit, which browsers play; H.265 4:2:0 10 bit; ProRes 422 HQ; DNxHR HQX.
enum class MovieFormat { h264, h265, prores, dnxhr };

template <>
struct EnumWords<MovieFormat> {
    static constexpr auto words =
        std::to_array<std::pair<MovieFormat, std::string_view>>({{MovieFormat::h264, "h264"},
                                                                 {MovieFormat::h265, "h265"},
                                                                 {MovieFormat::prores, "prores"},
                                                                 {MovieFormat::dnxhr, "dnxhr"}});
};

// Also what FFmpeg calls its container.
inline std::string_view movie_extension(MovieFormat format) {
    const bool is_web = format == MovieFormat::h264 || format == MovieFormat::h265;
    return is_web ? "mp4" : "mov";
}

}  // namespace nightreel

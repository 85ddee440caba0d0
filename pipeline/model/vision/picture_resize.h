#pragma once
// Pictures of 8 bits made larger or smaller as Pillow does it, to the bit: filters that widen when
// they shrink, weights in 22 bits of fraction, rounding after each of two passes. Models were
// trained on pictures that went through it. Pure; any thread.
// Source: Pillow 13, src/libImaging/Resample.c.

#include <cstdint>
#include <vector>

namespace nightreel {

struct BytePicture {
    int width = 0;
    int height = 0;
    int channels = 3;
    std::vector<std::uint8_t> values;  // rows top first, channels last

    friend bool operator==(const BytePicture&, const BytePicture&) = default;
};

enum class PictureFilter { bilinear, bicubic, lanczos };

// The ratio of the sides is not kept.
BytePicture resized(const BytePicture& picture, int width, int height, PictureFilter filter);

// The middle of a picture, which is at least as large; an odd row or column is left below or right.
BytePicture centre_of(const BytePicture& picture, int width, int height);

}  // namespace nightreel

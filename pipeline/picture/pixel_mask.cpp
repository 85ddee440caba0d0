#include "pipeline/picture/pixel_mask.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "shotspec/base/check.h"

namespace nightreel {
namespace {

std::size_t pixels_of(int width, int height) {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

// Steps to the nearest pixel that has the value, diagonal ones included: two passes over the
// picture (Rosenfeld and Pfaltz 1968). Without such a pixel more than any picture has.
class PixelDistances {
  public:
    PixelDistances(const std::vector<bool>& pixels, bool wanted, int width, int height)
        : width_(width), height_(height), steps_(pixels.size(), far) {
        NIGHTREEL_CHECK(pixels.size() == pixels_of(width, height), "a mask has one value a pixel");
        for (std::size_t index = 0; index < pixels.size(); ++index) {
            if (pixels[index] == wanted) steps_[index] = 0;
        }
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                take(x, y, x - 1, y);
                for (int beside = -1; beside <= 1; ++beside) take(x, y, x + beside, y - 1);
            }
        }
        for (int y = height - 1; y >= 0; --y) {
            for (int x = width - 1; x >= 0; --x) {
                take(x, y, x + 1, y);
                for (int beside = -1; beside <= 1; ++beside) take(x, y, x + beside, y + 1);
            }
        }
    }

    const std::vector<int>& steps() const { return steps_; }

  private:
    static constexpr int far = std::numeric_limits<int>::max() / 2;

    std::size_t index_of(int x, int y) const {
        return pixels_of(width_, y) + static_cast<std::size_t>(x);
    }

    void take(int x, int y, int from_x, int from_y) {
        if (from_x < 0 || from_x >= width_ || from_y < 0 || from_y >= height_) return;
        int& own = steps_[index_of(x, y)];
        own = std::min(own, steps_[index_of(from_x, from_y)] + 1);
    }

    int width_;
    int height_;
    std::vector<int> steps_;
};

}  // namespace

std::vector<float> luma_of(const FrameRgb& picture) {
    std::vector<float> luma(picture.rgb.size() / 3);
    for (std::size_t pixel = 0; pixel < luma.size(); ++pixel) {
        const float* rgb = &picture.rgb[3 * pixel];
        luma[pixel] = 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
    }
    return luma;
}

FrameRgb grey_of(const FrameRgb& picture) {
    FrameRgb grey{picture.width, picture.height, {}};
    grey.rgb.reserve(picture.rgb.size());
    for (const float value : luma_of(picture)) grey.rgb.insert(grey.rgb.end(), 3, value);
    return grey;
}

std::vector<float> made_shares(const std::vector<bool>& is_made, int width, int height, int grow) {
    std::vector<bool> grown(is_made.size());
    const PixelDistances to_made(is_made, true, width, height);
    for (std::size_t index = 0; index < grown.size(); ++index) {
        grown[index] = to_made.steps()[index] <= grow;
    }
    const PixelDistances to_kept(grown, false, width, height);
    std::vector<float> shares(is_made.size());
    for (std::size_t index = 0; index < shares.size(); ++index) {
        const int inside = std::min(to_kept.steps()[index], grow + 1);
        shares[index] = static_cast<float>(inside) / static_cast<float>(grow + 1);
    }
    return shares;
}

std::vector<float> made_shares_around(
    int x, int y, int inside_width, int inside_height, int width, int height, int grow) {
    NIGHTREEL_CHECK(x >= 0 && y >= 0 && x + inside_width <= width && y + inside_height <= height,
                    "the kept part lies within the picture");
    std::vector<bool> is_made(pixels_of(width, height), true);
    for (int row = y; row < y + inside_height; ++row) {
        const auto first = is_made.begin() + std::ptrdiff_t{row} * width + x;
        std::fill(first, first + inside_width, false);
    }
    return made_shares(is_made, width, height, grow);
}

FrameRgb mixed(const FrameRgb& kept, const FrameRgb& made, const std::vector<float>& shares) {
    NIGHTREEL_CHECK(kept.rgb.size() == made.rgb.size() && 3 * shares.size() == made.rgb.size(),
                    "pictures and mask of one size");
    FrameRgb result = kept;
    for (std::size_t index = 0; index < result.rgb.size(); ++index) {
        const float share = shares[index / 3];
        if (share == 0.0F) continue;
        const float from = kept.rgb[index];
        const float to = made.rgb[index];
        result.rgb[index] = share == 1.0F ? to : from + share * (to - from);
    }
    return result;
}

}  // namespace nightreel

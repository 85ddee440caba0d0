#include "pipeline/picture/pixel_mask.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

#include "pipeline/picture/canvas.h"

namespace nightreel {
namespace {

// A rectangle of pixels to make.
std::vector<bool> box_mask(int width, int height, Box box) {
    std::vector<bool> mask(static_cast<std::size_t>(width * height));
    for (int y = box.y; y < box.y + box.height; ++y) {
        for (int x = box.x; x < box.x + box.width; ++x) {
            mask[static_cast<std::size_t>(y * width + x)] = true;
        }
    }
    return mask;
}

// Steps from a pixel to a box, diagonal ones included.
int steps_to(Box box, int x, int y) {
    const int across = std::max({box.x - x, x - (box.x + box.width - 1), 0});
    const int down = std::max({box.y - y, y - (box.y + box.height - 1), 0});
    return std::max(across, down);
}

}  // namespace

TEST_CASE("what is made fades evenly over the pixels that a mask grows by", "[mask]") {
    const Box box{25, 22, 5, 4};
    for (const int grow : {0, 1, 3, 8}) {
        const std::vector<float> shares = made_shares(box_mask(60, 50, box), 60, 50, grow);
        for (int y = 0; y < 50; ++y) {
            for (int x = 0; x < 60; ++x) {
                const int steps = steps_to(box, x, y);
                const int inside = std::clamp(grow + 1 - steps, 0, grow + 1);
                CAPTURE(grow, x, y, steps);
                CHECK(shares[static_cast<std::size_t>(y * 60 + x)] ==
                      static_cast<float>(inside) / static_cast<float>(grow + 1));
            }
        }
    }
}

TEST_CASE("an empty mask keeps all pixels and a full one keeps none", "[mask]") {
    const std::vector<bool> none(20 * 10, false);
    const std::vector<bool> all(20 * 10, true);
    CHECK(made_shares(none, 20, 10, 8) == std::vector<float>(200, 0.0F));
    CHECK(made_shares(all, 20, 10, 8) == std::vector<float>(200, 1.0F));
    CHECK(made_shares_around(0, 0, 20, 10, 20, 10, 8) == std::vector<float>(200, 0.0F));
}

TEST_CASE("around a clip that touches the border only its other edges fade", "[mask]") {
    const std::vector<float> shares = made_shares_around(0, 0, 16, 10, 20, 10, 3);
    for (int y = 0; y < 10; ++y) {
        CAPTURE(y);
        const float* row = &shares[static_cast<std::size_t>(20 * y)];
        CHECK(std::vector<float>(row + 11, row + 20) ==
              std::vector<float>{0, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1});
        CHECK(std::all_of(row, row + 13, [](float share) { return share == 0; }));
    }
}

TEST_CASE("kept pixels stay bit for bit, whatever was made there", "[mask]") {
    FrameRgb kept = filled(4, 1, {0.1F, 70000, -0.0F});
    const FrameRgb made = filled(4, 1, {NAN, INFINITY, 5});
    const FrameRgb result = mixed(kept, made, {0, 0, 0, 1});
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(result.rgb[i] == kept.rgb[i]);
        CHECK(std::signbit(result.rgb[i]) == std::signbit(kept.rgb[i]));
    }
    CHECK(std::isnan(result.rgb[9]));
    CHECK(mixed(filled(1, 1, {1, 1, 1}), filled(1, 1, {3, 5, 1}), {0.25F}).rgb ==
          std::vector<float>{1.5, 2, 1});
}

TEST_CASE("grey has the luma of its picture in all channels", "[mask]") {
    const FrameRgb grey = grey_of(filled(2, 1, {1, 0, 0}));
    CHECK(grey.rgb == std::vector<float>(6, 0.299F));
    CHECK(luma_of(filled(1, 1, {1, 1, 1})).front() == Approx(1));
}

}  // namespace nightreel

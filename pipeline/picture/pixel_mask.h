#pragma once
// Which pixels of a picture are made anew and which are kept, and how one fades into the other at
// the edge of what is made. Masks have one value a pixel, rows top first. Pure; any thread.

#include <cstdint>
#include <vector>

#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// Luma of display-referred values (Rec.601), as the annotators of control clips take it.
std::vector<float> luma_of(const FrameRgb& picture);

// The picture in grey: its luma in all three channels.
FrameRgb grey_of(const FrameRgb& picture);

// Share of the made picture in each pixel. `is_made` grows by `grow` pixels in all directions,
// corners included. A pixel outside of that has exactly 0, one of `is_made` exactly 1; in between
// the share rises evenly with the distance from the edge. The border of the picture is no edge.
std::vector<float> made_shares(const std::vector<bool>& is_made, int width, int height, int grow);

// The same of everything outside of a rectangle, which lies within the picture.
std::vector<float> made_shares_around(
    int x, int y, int inside_width, int inside_height, int width, int height, int grow);

// Kept pixels as they are, bit for bit, where the share is 0; made ones where it is 1. All of one
// size.
FrameRgb mixed(const FrameRgb& kept, const FrameRgb& made, const std::vector<float>& shares);

}  // namespace nightreel

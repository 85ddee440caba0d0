#pragma once
// A take on one page: frames in a grid under a line of facts. Display-referred. One thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/picture/text.h"
#include "shotspec/describe/units.h"

namespace nightreel {

inline constexpr int contact_cells_max = 20;
inline constexpr int contact_columns = 5;

// Which frames a sheet shows: first and last among them, the others spread evenly; all of a short
// take.
std::vector<std::int64_t> contact_frames(FrameRange frames);

struct ContactCell {
    std::int64_t number = 0;
    FrameRgb picture;  // all of one size
    bool is_handle = false;
};

// `header` and `facts` stand above the grid, the second in smaller letters.
FrameRgb make_contact_sheet(TextPainter& painter,
                            const std::string& header,
                            const std::string& facts,
                            const std::vector<ContactCell>& cells);

// One frame for lists of takes: 320 pixels wide or high, or a whole factor of a smaller frame.
FrameRgb make_thumbnail(const FrameRgb& display);

}  // namespace nightreel

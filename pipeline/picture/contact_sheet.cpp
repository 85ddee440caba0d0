#include "pipeline/picture/contact_sheet.h"

#include <algorithm>

#include <fmt/format.h>

#include "pipeline/picture/frame_name.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

constexpr int cell_side = 320;
constexpr int gap = 12;
constexpr int number_size = 18;
constexpr int header_size = 30;
constexpr int facts_size = 20;
constexpr int header_height = gap + header_size * 5 / 4 + facts_size * 5 / 4 + gap;
constexpr Colour sheet_ground = {0.10F, 0.10F, 0.11F};
constexpr Colour quiet = {0.55F, 0.55F, 0.55F};

}  // namespace

std::vector<std::int64_t> contact_frames(FrameRange frames) {
    NIGHTREEL_CHECK(frames.count() > 0, "a take has frames");
    const std::int64_t cells = std::min<std::int64_t>(frames.count(), contact_cells_max);
    std::vector<std::int64_t> numbers;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
        const std::int64_t span = frames.count() - 1;
        numbers.push_back(frames.first + (cells == 1 ? 0 : cell * span / (cells - 1)));
    }
    return numbers;
}

FrameRgb make_contact_sheet(TextPainter& painter,
                            const std::string& header,
                            const std::string& facts,
                            const std::vector<ContactCell>& cells) {
    NIGHTREEL_CHECK(!cells.empty(), "a sheet has cells");
    const FrameRgb sample = fitted(cells.front().picture, cell_side, cell_side);
    const int columns = std::min(contact_columns, static_cast<int>(cells.size()));
    const int rows = (static_cast<int>(cells.size()) + columns - 1) / columns;
    const int cell_height = sample.height + number_size * 5 / 4 + gap;
    // A take of one frame still has room for its header.
    const int width = std::max(640, gap + columns * (sample.width + gap));
    FrameRgb sheet = filled(width, header_height + rows * cell_height + gap, sheet_ground);
    const int text_width = width - 2 * gap;
    painter.draw(
        sheet, header, gap, gap, {.size = painter.size_that_fits(header, header_size, text_width)});
    painter.draw(sheet,
                 facts,
                 gap,
                 gap + header_size * 5 / 4,
                 {.size = painter.size_that_fits(facts, facts_size, text_width), .colour = quiet});
    const FrameRange shown{cells.front().number, cells.back().number};
    int index = 0;
    for (const ContactCell& cell : cells) {
        const int x = gap + index % columns * (sample.width + gap);
        const int y = header_height + index / columns * cell_height;
        paste(sheet, fitted(cell.picture, cell_side, cell_side), x, y);
        const std::string number = frame_text(cell.number, shown);
        painter.draw(sheet,
                     cell.is_handle ? number + " handle" : number,
                     x,
                     y + sample.height + 2,
                     {.size = number_size, .colour = cell.is_handle ? quiet : TextStyle().colour});
        ++index;
    }
    return sheet;
}

FrameRgb make_thumbnail(const FrameRgb& display) {
    return fitted(display, cell_side, cell_side);
}

}  // namespace nightreel

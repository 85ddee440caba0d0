#pragma once
// Words on pictures: shaped by HarfBuzz, drawn by FreeType, blended into display-referred values.
// A TextPainter owns its font and belongs to one thread.

#include <filesystem>
#include <memory>
#include <string_view>

#include "pipeline/picture/canvas.h"

namespace nightreel {

// The file named by NIGHTREEL_FONT, else DejaVu Sans where Debian, Ubuntu, Fedora and Arch keep it.
// Error{unavailable} names the package when there is none.
std::filesystem::path find_font();

struct TextStyle {
    int size = 16;  // pixels from one line to the next, about
    Colour colour = {0.85F, 0.85F, 0.85F};
    float opacity = 1.0F;
};

class TextPainter {
  public:
    explicit TextPainter(const std::filesystem::path& font = find_font());
    ~TextPainter();
    TextPainter(const TextPainter&) = delete;
    TextPainter& operator=(const TextPainter&) = delete;

    // UTF-8; x and y are the upper left corner of the line; parts outside the canvas are cut.
    void draw(FrameRgb& canvas, std::string_view text, int x, int y, const TextStyle& style);

    int width_of(std::string_view text, int size);

    // The largest size up to `size` at which the text is not wider than `width`; at least 6.
    int size_that_fits(std::string_view text, int size, int width);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel

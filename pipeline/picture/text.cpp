#include "pipeline/picture/text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>

#include <fmt/format.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb-ft.h>
#include <hb.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr int size_min = 6;
constexpr int subpixels = 64;  // FreeType and HarfBuzz count in 1/64 of a pixel

struct LibraryCloser {
    void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};

struct FaceCloser {
    void operator()(FT_Face face) const { FT_Done_Face(face); }
};

struct FontCloser {
    void operator()(hb_font_t* font) const { hb_font_destroy(font); }
};

struct BufferCloser {
    void operator()(hb_buffer_t* buffer) const { hb_buffer_destroy(buffer); }
};

using Library = std::unique_ptr<std::remove_pointer_t<FT_Library>, LibraryCloser>;
using Face = std::unique_ptr<std::remove_pointer_t<FT_Face>, FaceCloser>;
using Font = std::unique_ptr<hb_font_t, FontCloser>;
using Buffer = std::unique_ptr<hb_buffer_t, BufferCloser>;

Buffer shaped(hb_font_t* font, std::string_view text) {
    Buffer buffer(hb_buffer_create());
    hb_buffer_add_utf8(
        buffer.get(), text.data(), static_cast<int>(text.size()), 0, static_cast<int>(text.size()));
    hb_buffer_guess_segment_properties(buffer.get());
    // Not from the locale of the process: the same text is the same picture everywhere.
    hb_buffer_set_language(buffer.get(), hb_language_from_string("en", -1));
    hb_shape(font, buffer.get(), nullptr, 0);
    return buffer;
}

struct Glyphs {
    std::span<const hb_glyph_info_t> infos;
    std::span<const hb_glyph_position_t> positions;
};

Glyphs glyphs_of(hb_buffer_t* buffer) {
    unsigned count = 0;
    const hb_glyph_info_t* const infos = hb_buffer_get_glyph_infos(buffer, &count);
    const hb_glyph_position_t* const positions = hb_buffer_get_glyph_positions(buffer, &count);
    return {{infos, count}, {positions, count}};
}

void blend(FrameRgb& canvas, const FT_Bitmap& bitmap, int left, int top, const TextStyle& style) {
    for (int row = 0; row < static_cast<int>(bitmap.rows); ++row) {
        for (int column = 0; column < static_cast<int>(bitmap.width); ++column) {
            const unsigned char coverage = bitmap.buffer[row * bitmap.pitch + column];
            if (coverage == 0) continue;
            const float opacity = style.opacity * static_cast<float>(coverage) / 255.0F;
            shade(canvas, {left + column, top + row, 1, 1}, style.colour, opacity);
        }
    }
}

}  // namespace

std::filesystem::path find_font() {
    if (const char* const chosen = std::getenv("NIGHTREEL_FONT")) {
        if (std::filesystem::is_regular_file(chosen)) return chosen;
        throw Error(ErrorKind::unavailable,
                    fmt::format("{}: font file not found; check NIGHTREEL_FONT", chosen));
    }
    constexpr std::array places = {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                                   "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
                                   "/usr/share/fonts/TTF/DejaVuSans.ttf",
                                   "/usr/share/fonts/dejavu/DejaVuSans.ttf"};
    for (const char* const place : places) {
        if (std::filesystem::is_regular_file(place)) return place;
    }
    throw Error(ErrorKind::unavailable,
                "no font for slates: install the package fonts-dejavu-core, or set NIGHTREEL_FONT "
                "to a TrueType file");
}

struct TextPainter::State {
    Library library;
    Face face;
    Font font;  // borrows the face

    void set_size(int size) {
        const auto pixels = static_cast<FT_UInt>(std::max(size, size_min));
        NIGHTREEL_CHECK(FT_Set_Pixel_Sizes(face.get(), 0, pixels) == 0, "the font can be scaled");
        if (font) hb_ft_font_changed(font.get());
    }
};

TextPainter::TextPainter(const std::filesystem::path& font) : state_(std::make_unique<State>()) {
    FT_Library library = nullptr;
    NIGHTREEL_CHECK(FT_Init_FreeType(&library) == 0, "FreeType starts");
    state_->library.reset(library);
    FT_Face face = nullptr;
    if (FT_New_Face(library, font.c_str(), 0, &face) != 0) {
        throw Error(ErrorKind::unavailable, font.string() + ": unsupported or damaged font file");
    }
    state_->face.reset(face);
    state_->set_size(size_min);
    state_->font.reset(hb_ft_font_create(face, nullptr));
    hb_ft_font_set_load_flags(state_->font.get(), FT_LOAD_NO_HINTING);
}

TextPainter::~TextPainter() = default;

void TextPainter::draw(
    FrameRgb& canvas, std::string_view text, int x, int y, const TextStyle& style) {
    state_->set_size(style.size);
    FT_Face face = state_->face.get();
    const Buffer buffer = shaped(state_->font.get(), text);
    const Glyphs glyphs = glyphs_of(buffer.get());
    const int baseline = y + static_cast<int>(face->size->metrics.ascender / subpixels);
    int pen = x * subpixels;
    for (std::size_t i = 0; i < glyphs.infos.size(); ++i) {
        const hb_glyph_position_t& place = glyphs.positions[i];
        const FT_Int32 how = FT_LOAD_RENDER | FT_LOAD_NO_HINTING;
        if (FT_Load_Glyph(face, glyphs.infos[i].codepoint, how) == 0) {
            const FT_GlyphSlot slot = face->glyph;
            const int left = (pen + place.x_offset + subpixels / 2) / subpixels;
            const int top = baseline - place.y_offset / subpixels - slot->bitmap_top;
            blend(canvas, slot->bitmap, left + slot->bitmap_left, top, style);
        }
        pen += place.x_advance;
    }
}

int TextPainter::width_of(std::string_view text, int size) {
    state_->set_size(size);
    const Buffer buffer = shaped(state_->font.get(), text);
    int width = 0;
    for (const hb_glyph_position_t& place : glyphs_of(buffer.get()).positions) {
        width += place.x_advance;
    }
    return (width + subpixels - 1) / subpixels;
}

int TextPainter::size_that_fits(std::string_view text, int size, int width) {
    while (size > size_min && width_of(text, size) > width) --size;
    return std::max(size, size_min);
}

}  // namespace nightreel

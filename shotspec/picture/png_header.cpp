#include "shotspec/picture/png_header.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "shotspec/picture/byte_reader.h"
#include "shotspec/picture/exif.h"
#include "shotspec/picture/refuse_picture.h"

namespace nightreel {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1U) * 0xEDB88320U ^ value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> crc_table = make_crc_table();

std::uint32_t crc_of(std::string_view bytes) {
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        value = crc_table[(value ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ value >> 8;
    }
    return ~value;
}

enum ColourType { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6 };

bool is_legal(int colour_type, int bits) {
    const bool deep = bits == 8 || bits == 16;
    const bool shallow = bits == 1 || bits == 2 || bits == 4;
    switch (colour_type) {
        case grey:
            return deep || shallow;
        case palette:
            return bits == 8 || shallow;
        case rgb:
        case grey_alpha:
        case rgb_alpha:
            return deep;
        default:
            return false;
    }
}

class PngWalk {
  public:
    explicit PngWalk(std::string_view bytes) : in_(bytes, ByteOrder::big, png_mark.size()) {}

    PictureHeader run() {
        while (!has_end_) {
            const std::uint32_t size = in_.four();
            const std::string_view name = in_.take(4);
            const std::string_view content = in_.take(size);
            const bool is_sound = in_.four() == crc_of({name.data(), name.size() + size});
            if (is_sound) {
                take_chunk(name, content);
            } else if (is_critical(name)) {
                refuse_picture(fmt::format(
                    "is damaged: the checksum of a chunk ({}) is wrong; export it again",
                    name_of(name)));
            }
        }
        if (!has_pixels_) refuse_picture("is a PNG without a picture in it");
        if (needs_palette_) refuse_picture("is damaged: its palette is missing");
        if (header_.orientation > 4) std::swap(header_.width, header_.height);
        return header_;
    }

  private:
    // What a decoder cannot do without has a capital first.
    static bool is_critical(std::string_view name) { return (name[0] & 0x20) == 0; }

    // Of a damaged file these may be any bytes.
    static std::string name_of(std::string_view name) {
        std::string text;
        for (const char letter : name) text += letter >= 'A' && letter <= 'z' ? letter : '?';
        return text;
    }

    void take_chunk(std::string_view name, std::string_view content) {
        if (!has_head_ && name != "IHDR") {
            refuse_picture(name == "CgBI"
                               ? "is a PNG that only Apple's devices read; export it again"
                               : "is damaged: its first chunk is not IHDR");
        }
        if (name == "IHDR") {
            take_head(content);
        } else if (name == "PLTE") {
            needs_palette_ = false;
        } else if (name == "IDAT") {
            has_pixels_ = true;
        } else if (name == "IEND") {
            has_end_ = true;
        } else if (name == "tRNS") {
            header_.has_alpha = true;
        } else if (name == "eXIf") {
            header_.orientation = exif_orientation(content);
        } else if (name == "pHYs") {
            take_density(content);
        } else if (is_critical(name)) {
            refuse_picture(
                fmt::format("has a chunk that is not in the PNG standard ({})", name_of(name)));
        }
    }

    void take_head(std::string_view content) {
        constexpr std::size_t head_bytes = 13;
        if (has_head_ || content.size() != head_bytes) {
            refuse_picture("is damaged: its header is not one of 13 bytes");
        }
        has_head_ = true;
        ByteReader head(content, ByteOrder::big);
        const std::uint32_t width = head.four();
        const std::uint32_t height = head.four();
        const int bits = head.byte();
        const int colour_type = head.byte();
        const int compression = head.byte();
        const int filter = head.byte();
        const int interlace = head.byte();
        constexpr auto largest = static_cast<std::uint32_t>(std::numeric_limits<int>::max());
        if (width == 0 || height == 0) {
            refuse_picture("has no pixels: its header gives a side of 0");
        }
        if (width > largest || height > largest || !is_legal(colour_type, bits) ||
            compression != 0 || filter != 0 || interlace > 1) {
            refuse_picture("is damaged: its header holds values that are not in the PNG standard");
        }
        header_.width = static_cast<int>(width);
        header_.height = static_cast<int>(height);
        header_.has_alpha = colour_type == grey_alpha || colour_type == rgb_alpha;
        needs_palette_ = colour_type == palette;
    }

    void take_density(std::string_view content) {
        if (content.size() < 8) return;
        ByteReader density(content, ByteOrder::big);
        const double across = density.four();
        const double down = density.four();
        if (across > 0 && down > 0) header_.pixel_aspect = down / across;
    }

    ByteReader in_;
    bool has_head_ = false;
    bool has_pixels_ = false;
    bool has_end_ = false;
    bool needs_palette_ = false;
    PictureHeader header_{.kind = PictureKind::png};
};

}  // namespace

PictureHeader read_png_header(std::string_view bytes) {
    return PngWalk(bytes).run();
}

}  // namespace nightreel

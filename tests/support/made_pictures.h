#pragma once
// Picture files put together byte by byte, so that tests can have any header they like, sound or
// not. PNG and OpenEXR ones are whole and can be decoded; a JPEG made here only looks like one. For
// tests; any thread.

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel::made {

inline std::string big(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xFF);
    return text;
}

inline std::string little(std::uint64_t value, int bytes) {
    const std::string turned = big(value, bytes);
    return {turned.rbegin(), turned.rend()};
}

// A block of EXIF with an orientation alone.
inline std::string exif(int orientation, bool is_big = true) {
    const auto number = [&](std::uint64_t value, int bytes) {
        return is_big ? big(value, bytes) : little(value, bytes);
    };
    return (is_big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) +
           number(0x0112, 2) + number(3, 2) + number(1, 4) +
           number(static_cast<std::uint64_t>(orientation), 2) + number(0, 2) + number(0, 4);
}

inline std::uint32_t crc(std::string_view bytes) {
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        value ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1U) * 0xEDB88320U;
    }
    return ~value;
}

inline std::string png_chunk(const std::string& name, const std::string& content) {
    return big(content.size(), 4) + name + content + big(crc(name + content), 4);
}

// zlib without compression.
inline std::string stored_zlib(const std::string& bytes) {
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char byte : bytes) {
        a = (a + static_cast<std::uint8_t>(byte)) % 65521;
        b = (b + a) % 65521;
    }
    constexpr std::size_t block_max = 0xFFFF;
    std::string coded = "\x78\x01";
    for (std::size_t at = 0; at < bytes.size(); at += block_max) {
        const std::string block = bytes.substr(at, block_max);
        coded += static_cast<char>(at + block.size() == bytes.size());  // the last
        coded += little(block.size(), 2) + little(~block.size() & 0xFFFF, 2) + block;
    }
    return coded + big(b, 2) + big(a, 2);
}

inline const std::string png_mark("\x89PNG\r\n\x1a\n", 8);

struct Png {
    int width = 4;
    int height = 2;
    int bits = 8;
    int colour_type = 2;      // 0 grey, 2 RGB, 3 palette, 6 RGBA
    std::string chunks = {};  // between header and pixels
    std::vector<std::uint8_t> pixel = std::vector<std::uint8_t>(3, 200);  // bytes of each
};

inline std::string file(const Png& png) {
    std::string rows;
    for (int y = 0; y < png.height; ++y) {
        rows += '\0';  // no filter
        for (int x = 0; x < png.width; ++x) rows.append(png.pixel.begin(), png.pixel.end());
    }
    const std::string head = big(static_cast<std::uint64_t>(png.width), 4) +
                             big(static_cast<std::uint64_t>(png.height), 4) +
                             static_cast<char>(png.bits) + static_cast<char>(png.colour_type) +
                             std::string(3, '\0');
    return png_mark + png_chunk("IHDR", head) + png.chunks + png_chunk("IDAT", stored_zlib(rows)) +
           png_chunk("IEND", "");
}

// A picture of one colour.
inline std::string png(int width, int height) {
    return file(Png{.width = width, .height = height});
}

inline std::string jpeg_segment(int marker, const std::string& content) {
    return std::string("\xff") + static_cast<char>(marker) + big(content.size() + 2, 2) + content;
}

inline std::string exif_segment(int orientation, bool is_big = true) {
    return jpeg_segment(0xE1, std::string("Exif\0\0", 6) + exif(orientation, is_big));
}

struct Jpeg {
    int width = 4;
    int height = 2;
    int frame = 0xC0;  // marker: baseline
    int bits = 8;
    int channels = 3;
    std::string sampling = "\x11\x11\x11\x11";  // of each
    std::string segments = {};                  // before the frame's
    std::string coded = std::string("coded\xff\x00more\xff\xd0rest", 16);
};

inline std::string file(const Jpeg& jpeg) {
    std::string frame =
        static_cast<char>(jpeg.bits) + big(static_cast<std::uint64_t>(jpeg.height), 2) +
        big(static_cast<std::uint64_t>(jpeg.width), 2) + static_cast<char>(jpeg.channels);
    for (int i = 1; i <= jpeg.channels; ++i) {
        frame += static_cast<char>(i);
        frame += jpeg.sampling.at(static_cast<std::size_t>(i - 1));
        frame += '\0';
    }
    return "\xff\xd8" + jpeg.segments + jpeg_segment(jpeg.frame, frame) +
           jpeg_segment(0xDA, std::string("\x01\x01\x00\x00\x3f\x00", 6)) + jpeg.coded + "\xff\xd9";
}

// Left, top, right and bottom, all included.
using Window = std::array<int, 4>;

struct Exr {
    Window stored = {0, 0, 3, 1};
    Window shown = {0, 0, 3, 1};
    float pixel_aspect = 1;
    std::vector<std::string> channels = {"B", "G", "R"};  // sorted, as the format wants them
    int channel_type = 2;                                 // float
    int sampling = 1;
    std::uint32_t version = 2;
    std::string attributes = {};  // more of them
    std::function<float(const std::string& channel, int x, int y)> value =
        [](const std::string&, int, int) { return 0.25F; };
};

inline std::string exr_attribute(const std::string& name,
                                 const std::string& type,
                                 const std::string& value) {
    return name + '\0' + type + '\0' + little(value.size(), 4) + value;
}

inline std::string exr_window(const Window& window) {
    std::string text;
    for (const int side : window) text += little(static_cast<std::uint32_t>(side), 4);
    return text;
}

inline std::string exr_float(float value) {
    return little(std::bit_cast<std::uint32_t>(value), 4);
}

// x and y of red, green, blue and white.
inline std::string exr_chromaticities(const std::array<float, 8>& primaries) {
    std::string text;
    for (const float coordinate : primaries) text += exr_float(coordinate);
    return exr_attribute("chromaticities", "chromaticities", text);
}

inline std::string exr_interop_id(const std::string& id) {
    return exr_attribute("colorInteropID", "string", id);
}

inline std::string exr_head(const Exr& exr) {
    std::string channels;
    for (const std::string& name : exr.channels) {
        channels += name + '\0' + little(static_cast<std::uint32_t>(exr.channel_type), 4) +
                    little(0, 4) + little(static_cast<std::uint32_t>(exr.sampling), 4) +
                    little(static_cast<std::uint32_t>(exr.sampling), 4);
    }
    return exr_attribute("channels", "chlist", channels + '\0') +
           exr_attribute("compression", "compression", std::string(1, '\0')) +
           exr_attribute("dataWindow", "box2i", exr_window(exr.stored)) +
           exr_attribute("displayWindow", "box2i", exr_window(exr.shown)) +
           exr_attribute("lineOrder", "lineOrder", std::string(1, '\0')) +
           exr_attribute("pixelAspectRatio", "float", exr_float(exr.pixel_aspect)) +
           exr_attribute("screenWindowCenter", "v2f", exr_float(0) + exr_float(0)) +
           exr_attribute("screenWindowWidth", "float", exr_float(1)) + exr.attributes + '\0';
}

// Uncompressed lines.
inline std::string file(const Exr& exr) {
    const std::string head = "\x76\x2f\x31\x01" + little(exr.version, 4) + exr_head(exr);
    const auto [left, top, right, bottom] = exr.stored;
    const auto count = static_cast<std::size_t>(bottom - top + 1);
    std::string table;
    std::string lines;
    for (int y = top; y <= bottom; ++y) {
        table += little(head.size() + 8 * count + lines.size(), 8);
        std::string line;
        for (const std::string& channel : exr.channels) {
            for (int x = left; x <= right; ++x) line += exr_float(exr.value(channel, x, y));
        }
        lines += little(static_cast<std::uint32_t>(y), 4) + little(line.size(), 4) + line;
    }
    return head + table + lines;
}

}  // namespace nightreel::made

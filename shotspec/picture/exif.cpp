#include "shotspec/picture/exif.h"

#include <cstdint>

#include "shotspec/picture/byte_reader.h"

namespace nightreel {
namespace {

constexpr std::uint16_t orientation_tag = 0x0112;
constexpr std::uint16_t type_short = 3;
constexpr std::uint16_t type_long = 4;
constexpr std::uint16_t tiff_mark = 42;

int orientation_in(std::string_view block, ByteOrder order) {
    ByteReader head(block, order, 2);
    if (head.two() != tiff_mark) return 1;
    ByteReader directory(block, order, head.four());
    for (int left = directory.two(); left > 0; --left) {
        const std::uint16_t tag = directory.two();
        const std::uint16_t type = directory.two();
        const std::uint32_t count = directory.four();
        ByteReader value(directory.take(4), order);
        if (tag != orientation_tag || count != 1) continue;
        if (type != type_short && type != type_long) return 1;
        const std::uint32_t found = type == type_short ? value.two() : value.four();
        return found >= 1 && found <= 8 ? static_cast<int>(found) : 1;
    }
    return 1;
}

}  // namespace

int exif_orientation(std::string_view block) {
    constexpr std::string_view prefix("Exif\0\0", 6);
    if (block.starts_with(prefix)) block.remove_prefix(prefix.size());
    try {
        if (block.starts_with("MM")) return orientation_in(block, ByteOrder::big);
        if (block.starts_with("II")) return orientation_in(block, ByteOrder::little);
    } catch (const Error&) {
        // Cut off: it says nothing that could be used.
    }
    return 1;
}

}  // namespace nightreel

#include "shotspec/picture/exr_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "shotspec/picture/exr_part.h"
#include "shotspec/picture/picture_limits.h"
#include "shotspec/picture/refuse_picture.h"

namespace nightreel {
namespace {

constexpr std::uint32_t version_mask = 0xFF;
constexpr std::uint32_t version_known = 2;
constexpr std::uint32_t flag_tiled = 0x200;
constexpr std::uint32_t flag_long_names = 0x400;
constexpr std::uint32_t flag_deep = 0x800;
constexpr std::uint32_t flag_parts = 0x1000;

// Lines of a chunk by compression: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB.
constexpr std::array<std::int64_t, 10> lines_of_chunk = {1, 1, 1, 16, 32, 16, 32, 32, 32, 256};

// Halves round away; the header says it as a float.
bool is_square(float aspect) {
    constexpr float tolerance = 1e-3F;
    return std::abs(aspect - 1) <= tolerance;
}

void check_channels(const ExrPart& part) {
    if (part.channel("Y") != nullptr && part.channel("R") == nullptr) {
        const bool has_chroma = part.channel("RY") != nullptr;
        refuse_picture(fmt::format("stores luminance {}; write it with channels R, G and B",
                                   has_chroma ? "and chroma (Y, RY, BY)" : "alone (Y)"));
    }
    for (const char* name : {"R", "G", "B", "A"}) {
        const ExrChannel* const channel = part.channel(name);
        if (channel == nullptr && *name == 'A') continue;
        if (channel == nullptr) {
            refuse_picture(
                fmt::format("has no channel {}; write it with channels R, G and B", name));
        }
        if (channel->type != 1 && channel->type != 2) {
            refuse_picture(
                fmt::format("stores whole numbers in channel {}; write half or float", name));
        }
        if (channel->across != 1 || channel->down != 1) {
            refuse_picture(fmt::format(
                "has no value for each pixel in channel {}; write it without subsampling", name));
        }
    }
}

void check_windows(const ExrPart& part) {
    const ExrWindow& stored = *part.stored;
    const ExrWindow& shown = *part.shown;
    for (const ExrWindow& window : {stored, shown}) {
        if (window.width() < 1 || window.height() < 1) {
            refuse_picture("has no pixels: its data window or its display window is empty");
        }
        check_picture_sides(window.width(), window.height());
    }
    const bool overlap = stored.left <= shown.right && shown.left <= stored.right &&
                         stored.top <= shown.bottom && shown.top <= stored.bottom;
    if (!overlap) {
        refuse_picture(
            "would be black: its data window lies outside of its display window; set the display "
            "window to what is to be seen");
    }
}

void check_part(const ExrPart& part) {
    if (part.type.starts_with("deep")) {
        refuse_picture("holds deep samples; flatten it to one value a pixel");
    }
    if (part.channels.empty() || !part.compression || !part.stored || !part.shown ||
        !part.pixel_aspect) {
        refuse_picture("is damaged: its header is not complete; export it again");
    }
    if (*part.compression >= static_cast<int>(lines_of_chunk.size())) {
        refuse_picture("is compressed in a way that is not read; write it with ZIP or PIZ");
    }
    check_windows(part);
    if (!is_square(*part.pixel_aspect)) {
        refuse_picture(
            fmt::format("has a pixel aspect ratio of {:.4g}; square pixels are required: resample "
                        "it to a pixelAspectRatio of 1",
                        *part.pixel_aspect));
    }
    check_channels(part);
}

std::int64_t levels_of(std::int64_t side, bool rounds_up) {
    const auto whole = static_cast<std::uint64_t>(side);
    const bool has_rest = rounds_up && !std::has_single_bit(whole);
    return static_cast<std::int64_t>(std::bit_width(whole)) + (has_rest ? 1 : 0);
}

std::int64_t side_of_level(std::int64_t side, std::int64_t level, bool rounds_up) {
    const std::int64_t rest = rounds_up ? (std::int64_t{1} << level) - 1 : 0;
    return std::max<std::int64_t>(1, (side + rest) >> level);
}

std::int64_t tiles_across(std::int64_t side, std::int64_t tile) {
    return (side + tile - 1) / tile;
}

std::int64_t tiles_of(const ExrTiles& tiles, const ExrWindow& stored) {
    const auto across = [&](std::int64_t level) {
        return tiles_across(side_of_level(stored.width(), level, tiles.rounds_up), tiles.width);
    };
    const auto down = [&](std::int64_t level) {
        return tiles_across(side_of_level(stored.height(), level, tiles.rounds_up), tiles.height);
    };
    if (tiles.levels == 0) return across(0) * down(0);
    const std::int64_t wide = levels_of(stored.width(), tiles.rounds_up);
    const std::int64_t high = levels_of(stored.height(), tiles.rounds_up);
    std::int64_t count = 0;
    if (tiles.levels == 1) {
        for (std::int64_t level = 0; level < std::max(wide, high); ++level) {
            count += across(level) * down(level);
        }
        return count;
    }
    for (std::int64_t x = 0; x < wide; ++x) {
        for (std::int64_t y = 0; y < high; ++y) count += across(x) * down(y);
    }
    return count;
}

// Where the first part's chunks lie, one entry each.
class ChunkTable {
  public:
    ChunkTable(const ExrPart& part, bool is_tiled, bool has_parts)
        : part_(part), is_tiled_(is_tiled), has_parts_(has_parts) {}

    void check(std::string_view bytes, ByteReader& table) const {
        const std::int64_t count = chunk_count();
        ByteReader offsets(table.take(static_cast<std::uint64_t>(count) * sizeof(std::uint64_t)),
                           ByteOrder::little);
        for (std::int64_t number = 0; number < count; ++number) {
            const std::uint64_t offset = offsets.eight();
            if (offset < table.position()) {
                refuse_picture("is incomplete: its writer did not finish; write it again");
            }
            check_chunk(ByteReader(bytes, ByteOrder::little, offset), number);
        }
    }

  private:
    std::int64_t lines() const {
        return lines_of_chunk.at(static_cast<std::size_t>(*part_.compression));
    }

    std::int64_t chunk_count() const {
        if (!is_tiled_) return (part_.stored->height() + lines() - 1) / lines();
        if (!part_.tiles || part_.tiles->width < 1 || part_.tiles->height < 1 ||
            part_.tiles->levels > 2) {
            refuse_picture("is damaged: its header does not say its tiles");
        }
        return tiles_of(*part_.tiles, *part_.stored);
    }

    void check_chunk(ByteReader chunk, std::int64_t number) const {
        if (has_parts_ && chunk.signed_four() != 0) refuse_damage();
        if (is_tiled_) {
            chunk.take(4 * sizeof(std::int32_t));  // place and level of the tile
        } else if (chunk.signed_four() != part_.stored->top + number * lines()) {
            refuse_damage();
        }
        chunk.take(chunk.four());
    }

    [[noreturn]] static void refuse_damage() {
        refuse_picture(
            "is damaged: its table of offsets points to something else; export it again");
    }

    const ExrPart& part_;
    bool is_tiled_;
    bool has_parts_;
};

}  // namespace

PictureHeader read_exr_header(std::string_view bytes) {
    ByteReader in(bytes, ByteOrder::little, exr_mark.size());
    const std::uint32_t version = in.four();
    const std::uint32_t known =
        version_mask | flag_tiled | flag_long_names | flag_deep | flag_parts;
    if ((version & version_mask) != version_known || (version & ~known) != 0) {
        refuse_picture("is of a version of OpenEXR that is not read; write version 2");
    }
    const bool has_parts = (version & flag_parts) != 0;
    if ((version & flag_deep) != 0 && !has_parts) {
        refuse_picture("holds deep samples; flatten it to one value a pixel");
    }
    const ExrPart part = read_exr_part(in);
    check_part(part);
    if (has_parts) {
        // The other parts' headers, up to an empty one.
        for (bool more = true; more;) more = !read_exr_part(in).channels.empty();
    }
    const bool is_tiled = has_parts ? part.type == "tiledimage" : (version & flag_tiled) != 0;
    ChunkTable(part, is_tiled, has_parts).check(bytes, in);
    return {.kind = PictureKind::exr,
            .width = static_cast<int>(part.shown->width()),
            .height = static_cast<int>(part.shown->height()),
            .is_windowed = *part.stored != *part.shown,
            .has_alpha = part.channel("A") != nullptr,
            .primaries = exr_primaries(part.interop_id, part.chromaticities)};
}

}  // namespace nightreel

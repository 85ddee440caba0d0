#include "shotspec/picture/exr_part.h"

#include <algorithm>
#include <bit>

namespace nightreel {
namespace {

ExrWindow window_in(ByteReader& in) {
    ExrWindow window;
    window.left = in.signed_four();
    window.top = in.signed_four();
    window.right = in.signed_four();
    window.bottom = in.signed_four();
    return window;
}

std::vector<ExrChannel> channels_in(ByteReader& in) {
    std::vector<ExrChannel> channels;
    for (std::string_view name = in.text(); !name.empty(); name = in.text()) {
        ExrChannel channel{.name = std::string(name), .type = in.signed_four()};
        in.take(4);  // pLinear and three reserved bytes
        channel.across = in.signed_four();
        channel.down = in.signed_four();
        channels.push_back(std::move(channel));
    }
    return channels;
}

ExrTiles tiles_in(ByteReader& in) {
    ExrTiles tiles{.width = in.four(), .height = in.four()};
    const int mode = in.byte();
    tiles.levels = mode & 0xF;
    tiles.rounds_up = mode >> 4 != 0;
    return tiles;
}

PicturePrimaries chromaticities_in(ByteReader& in) {
    PicturePrimaries primaries{};
    for (double& coordinate : primaries) coordinate = std::bit_cast<float>(in.four());
    return primaries;
}

void take_attribute(ExrPart& part, std::string_view name, std::string_view value) {
    ByteReader in(value, ByteOrder::little);
    if (name == "channels") {
        part.channels = channels_in(in);
    } else if (name == "compression") {
        part.compression = in.byte();
    } else if (name == "dataWindow") {
        part.stored = window_in(in);
    } else if (name == "displayWindow") {
        part.shown = window_in(in);
    } else if (name == "pixelAspectRatio") {
        part.pixel_aspect = std::bit_cast<float>(in.four());
    } else if (name == "chromaticities") {
        part.chromaticities = chromaticities_in(in);
    } else if (name == "colorInteropID") {
        part.interop_id = value.substr(0, value.find('\0'));
    } else if (name == "tiles") {
        part.tiles = tiles_in(in);
    } else if (name == "type") {
        part.type = value.substr(0, value.find('\0'));
    }
}

}  // namespace

const ExrChannel* ExrPart::channel(std::string_view name) const {
    const auto found = std::ranges::find(channels, name, &ExrChannel::name);
    return found == channels.end() ? nullptr : &*found;
}

ExrPart read_exr_part(ByteReader& in) {
    ExrPart part;
    for (std::string_view name = in.text(); !name.empty(); name = in.text()) {
        in.text();  // the attribute's type follows from its name
        take_attribute(part, name, in.take(in.four()));
    }
    return part;
}

}  // namespace nightreel

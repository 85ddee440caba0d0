#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <span>

#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfInputFile.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/exr/memory_streams.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/picture/picture_limits.h"

namespace nightreel {
namespace {

Chromaticity chromaticity_of(Imath::V2f v) {
    return {v.x, v.y};
}

std::optional<ExrCompression> known_compression(Imf::Compression compression) {
    switch (compression) {
        case Imf::PIZ_COMPRESSION:
            return ExrCompression::piz;
        case Imf::ZIP_COMPRESSION:
            return ExrCompression::zip;
        case Imf::ZIPS_COMPRESSION:
            return ExrCompression::zips;
        case Imf::DWAA_COMPRESSION:
            return ExrCompression::dwaa;
        case Imf::DWAB_COMPRESSION:
            return ExrCompression::dwab;
        case Imf::NO_COMPRESSION:
            return ExrCompression::none;
        default:
            return {};
    }
}

void read_facts(const Imf::Header& header, ExrPicture& picture) {
    if (Imf::hasChromaticities(header)) {
        const Imf::Chromaticities& c = Imf::chromaticities(header);
        picture.chromaticities = Chromaticities{chromaticity_of(c.red),
                                                chromaticity_of(c.green),
                                                chromaticity_of(c.blue),
                                                chromaticity_of(c.white)};
    }
    if (Imf::hasFramesPerSecond(header)) {
        const Imf::Rational rate = Imf::framesPerSecond(header);
        picture.rate = FrameRate{rate.n, static_cast<std::int32_t>(rate.d)};
    }
    if (Imf::hasTimeCode(header)) {
        const Imf::TimeCode& stored = Imf::timeCode(header);
        const PackedTimecode code{
            {stored.hours(), stored.minutes(), stored.seconds(), stored.frame()},
            stored.fieldPhase()};
        const bool has_rate =
            picture.rate && picture.rate->numerator > 0 && picture.rate->denominator > 0;
        picture.timecode = has_rate ? unpacked(code, *picture.rate) : code.time;
    }
    const auto* const id = header.findTypedAttribute<Imf::StringAttribute>("colorInteropID");
    if (id != nullptr) picture.interop_id = id->value();
    if (Imf::hasOwner(header)) picture.owner = Imf::owner(header);
    for (auto at = header.begin(); at != header.end(); ++at) {
        picture.attributes.emplace_back(at.name());
    }
    std::sort(picture.attributes.begin(), picture.attributes.end());
    picture.compression = known_compression(header.compression());
    picture.is_half = true;
    for (const char* colour : {"R", "G", "B"}) {
        const Imf::Channel* const channel = header.channels().findChannel(colour);
        picture.is_half = picture.is_half && channel != nullptr && channel->type == Imf::HALF;
    }
}

std::size_t width_of(const Imath::Box2i& window) {
    return static_cast<std::size_t>(std::int64_t{window.max.x} - window.min.x + 1);
}

std::size_t height_of(const Imath::Box2i& window) {
    return static_cast<std::size_t>(std::int64_t{window.max.y} - window.min.y + 1);
}

void check_window(const Imath::Box2i& window) {
    check_picture_sides(std::int64_t{window.max.x} - window.min.x + 1,
                        std::int64_t{window.max.y} - window.min.y + 1);
}

// The pixels of a window, interleaved, rows top first: one value for each of the channels.
std::vector<float> read_channels(Imf::InputFile& file, std::span<const char* const> names) {
    const Imath::Box2i window = file.header().dataWindow();
    const std::size_t pixel_bytes = names.size() * sizeof(float);
    std::vector<float> values(width_of(window) * height_of(window) * names.size());
    Imf::FrameBuffer buffer;
    for (std::size_t channel = 0; channel < names.size(); ++channel) {
        buffer.insert(names[channel],
                      Imf::Slice::Make(Imf::FLOAT,
                                       values.data() + channel,
                                       window,
                                       pixel_bytes,
                                       pixel_bytes * width_of(window)));
    }
    file.setFrameBuffer(buffer);
    file.readPixels(window.min.y, window.max.y);
    return values;
}

// What one window has of another one's pixels; zeros where it has none.
std::vector<float> window_of(std::vector<float> values,
                             const Imath::Box2i& stored,
                             const Imath::Box2i& shown) {
    if (stored == shown) return values;
    const std::size_t step = values.size() / (width_of(stored) * height_of(stored));
    std::vector<float> cut(width_of(shown) * height_of(shown) * step);
    const int left = std::max(stored.min.x, shown.min.x);
    const int right = std::min(stored.max.x, shown.max.x);
    for (int y = std::max(stored.min.y, shown.min.y);
         left <= right && y <= std::min(stored.max.y, shown.max.y);
         ++y) {
        const auto place = [&](const Imath::Box2i& window) {
            const auto row = static_cast<std::size_t>(std::int64_t{y} - window.min.y);
            const auto column = static_cast<std::size_t>(std::int64_t{left} - window.min.x);
            return (row * width_of(window) + column) * step;
        };
        const auto count = static_cast<std::size_t>(std::int64_t{right} - left + 1) * step;
        std::copy_n(values.data() + place(stored), count, cut.data() + place(shown));
    }
    return cut;
}

void read_pixels(Imf::InputFile& file, const std::string& name, ExrPicture& picture) {
    constexpr std::array<const char*, 3> colours = {"R", "G", "B"};
    constexpr std::array<const char*, 1> alpha = {"A"};
    const Imath::Box2i stored = file.header().dataWindow();
    const Imath::Box2i shown = file.header().displayWindow();
    in_context(name, [&] {
        check_window(stored);
        check_window(shown);
    });
    const Imf::ChannelList& channels = file.header().channels();
    for (const char* colour : colours) {
        if (channels.findChannel(colour) != nullptr) continue;
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: channel {} is missing; save it with channels R, G and B", name, colour));
    }
    picture.scene.width = static_cast<int>(width_of(shown));
    picture.scene.height = static_cast<int>(height_of(shown));
    picture.scene.rgb = window_of(read_channels(file, colours), stored, shown);
    if (channels.findChannel("A") != nullptr) {
        picture.alpha = window_of(read_channels(file, alpha), stored, shown);
    }
}

bool close_to(const Chromaticities& a, const Chromaticities& b) {
    constexpr double tolerance = 1e-4;
    const auto near = [](Chromaticity p, Chromaticity q) {
        return std::abs(p.x - q.x) < tolerance && std::abs(p.y - q.y) < tolerance;
    };
    return near(a.red, b.red) && near(a.green, b.green) && near(a.blue, b.blue) &&
           near(a.white, b.white);
}

}  // namespace

ExrPicture read_exr(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    TextInput stream(bytes);
    ExrPicture picture;
    try {
        Imf::InputFile file(stream, 0);
        if (!file.isComplete()) {
            throw Error(ErrorKind::corrupt, path.string() + ": incomplete file; render it again");
        }
        read_facts(file.header(), picture);
        read_pixels(file, path.string(), picture);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // several unrelated types leave OpenEXR
        throw Error(
            ErrorKind::corrupt,
            fmt::format("{}: is damaged or not an EXR file: {}", path.string(), error.what()));
    }
    return picture;
}

std::optional<WorkingSpace> working_space_of(const ExrPicture& picture) {
    for (const auto& [space, word] : EnumWords<WorkingSpace>::words) {
        if (picture.interop_id == interop_id_of(space)) return space;
    }
    // Without an id the file may name its space by its primaries; an id of another kind says that
    // the pixels are something else.
    if (!picture.interop_id.empty() || !picture.chromaticities) return {};
    for (const auto& [space, word] : EnumWords<WorkingSpace>::words) {
        if (close_to(*picture.chromaticities, chromaticities_of(space))) return space;
    }
    return {};
}

}  // namespace nightreel

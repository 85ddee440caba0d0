#include <cmath>
#include <cstring>
#include <exception>

#include <Imath/half.h>
#include <OpenEXR/ImfChannelList.h>
#include <OpenEXR/ImfFrameBuffer.h>
#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfIntAttribute.h>
#include <OpenEXR/ImfOutputFile.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <OpenEXR/ImfStringAttribute.h>
#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/exr/half.h"
#include "pipeline/picture/exr/memory_streams.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

Imf::Compression codec_of(ExrCompression compression) {
    switch (compression) {
        case ExrCompression::piz:
            return Imf::PIZ_COMPRESSION;
        case ExrCompression::zip:
            return Imf::ZIP_COMPRESSION;
        case ExrCompression::zips:
            return Imf::ZIPS_COMPRESSION;
        case ExrCompression::dwaa:
            return Imf::DWAA_COMPRESSION;
        case ExrCompression::dwab:
            return Imf::DWAB_COMPRESSION;
        case ExrCompression::none:
            return Imf::NO_COMPRESSION;
    }
    fail_check(__FILE__, __LINE__, "compression", "an EXR compression");
}

Imath::V2f vector_of(Chromaticity c) {
    return {static_cast<float>(c.x), static_cast<float>(c.y)};
}

Imf::Header make_header(const FrameRgb& scene, const ExrHeader& facts) {
    Imf::Header header(scene.width, scene.height);
    header.compression() = codec_of(facts.compression);
    for (const char* channel : {"R", "G", "B"}) {
        header.channels().insert(channel, Imf::Channel(Imf::HALF));
    }
    const Chromaticities& primaries = chromaticities_of(facts.space);
    Imf::addChromaticities(header,
                           Imf::Chromaticities(vector_of(primaries.red),
                                               vector_of(primaries.green),
                                               vector_of(primaries.blue),
                                               vector_of(primaries.white)));
    Imf::addFramesPerSecond(header, Imf::Rational(facts.rate.numerator, facts.rate.denominator));
    if (const auto code = packed(timecode_of(facts.frame, facts.rate), facts.rate)) {
        Imf::TimeCode stored(
            code->time.hours, code->time.minutes, code->time.seconds, code->time.frames);
        stored.setFieldPhase(code->field_mark);
        Imf::addTimeCode(header, stored);
    }
    // A standard attribute since OpenEXR 3.4; before that a plain string of the same name.
    header.insert("colorInteropID", Imf::StringAttribute(std::string(interop_id_of(facts.space))));
    // SMPTE ST 2065-4 wants AP0, half, RGB, lines from top to bottom and no compression.
    const bool is_aces_container =
        facts.space == WorkingSpace::aces2065_1 && facts.compression == ExrCompression::none;
    if (is_aces_container) header.insert("acesImageContainerFlag", Imf::IntAttribute(1));
    if (!facts.owner.empty()) Imf::addOwner(header, facts.owner);
    header.insert("software", Imf::StringAttribute("Nightreel"));
    for (const ExrString& text : facts.strings) {
        NIGHTREEL_CHECK(text.name.find('/') != std::string::npos,
                        "own attributes have a namespace");
        header.insert(text.name, Imf::StringAttribute(text.value));
    }
    return header;
}

[[noreturn]] void refuse_values(const FrameRgb& scene, std::int64_t frame) {
    std::size_t bad = 0;
    std::size_t first = scene.rgb.size();
    for (std::size_t i = 0; i < scene.rgb.size(); ++i) {
        if (std::isfinite(scene.rgb[i])) continue;
        first = std::min(first, i);
        ++bad;
    }
    const std::size_t pixel = first / 3;
    const auto width = static_cast<std::size_t>(scene.width);
    throw Error(ErrorKind::corrupt,
                fmt::format("frame {}: {} values are NaN or infinite, the first at x {} y {}; "
                            "render the take again",
                            frame,
                            bad,
                            pixel % width,
                            pixel / width));
}

}  // namespace

std::vector<std::byte> encode_exr(const FrameRgb& scene, const ExrHeader& facts) {
    NIGHTREEL_CHECK(scene.width > 0 && scene.height > 0, "a frame has pixels");
    const auto width = static_cast<std::size_t>(scene.width);
    NIGHTREEL_CHECK(scene.rgb.size() == width * static_cast<std::size_t>(scene.height) * 3,
                    "three values a pixel");
    std::vector<std::uint16_t> halves(scene.rgb.size());
    if (!to_half(scene.rgb, halves)) refuse_values(scene, facts.frame);

    constexpr std::size_t pixel_bytes = 3 * sizeof(std::uint16_t);
    constexpr std::size_t header_bytes = 64 * 1024;
    MemoryOutput stream(halves.size() * sizeof(std::uint16_t) + header_bytes);
    Imf::FrameBuffer buffer;
    const char* const names[] = {"R", "G", "B"};
    for (std::size_t channel = 0; channel < 3; ++channel) {
        auto* const base = reinterpret_cast<char*>(halves.data() + channel);
        buffer.insert(names[channel],
                      Imf::Slice(Imf::HALF, base, pixel_bytes, pixel_bytes * width));
    }
    try {
        // Without threads of its own: a farm codes one frame on each core.
        Imf::OutputFile file(stream, make_header(scene, facts), 0);
        file.setFrameBuffer(buffer);
        file.writePixels(scene.height);
    } catch (const std::exception& error) {
        throw Error(ErrorKind::internal,
                    fmt::format("frame {}: OpenEXR: {}", facts.frame, error.what()));
    }
    return stream.take();
}

Digest write_exr(const std::filesystem::path& path,
                 const FrameRgb& scene,
                 const ExrHeader& header) {
    const std::vector<std::byte> bytes = encode_exr(scene, header);
    write_file_atomically(path, bytes);
    return digest_of(bytes);
}

}  // namespace nightreel

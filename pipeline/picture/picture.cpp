#include "pipeline/picture/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

extern "C" {
#include <libswscale/swscale.h>
}

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/libav.h"
#include "pipeline/picture/png.h"
#include "pipeline/picture/upright.h"
#include "shotspec/base/check.h"
#include "shotspec/base/files.h"
#include "shotspec/picture/picture_limits.h"

namespace nightreel {
namespace {

struct ScalerCloser {
    void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

using Scaler = std::unique_ptr<SwsContext, ScalerCloser>;

LibavFrame decode_jpeg(const std::string& name, const std::string& bytes) {
    quiet_libav();
    const AVCodec* const codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
    NIGHTREEL_CHECK(codec != nullptr, "FFmpeg decodes JPEG");
    CodecContext context(avcodec_alloc_context3(codec));
    LibavPacket packet(av_packet_alloc());
    LibavFrame frame(av_frame_alloc());
    NIGHTREEL_CHECK(context && packet && frame, "memory for a picture");
    context->err_recognition = AV_EF_EXPLODE;  // half a picture is no picture
    context->max_pixels = picture_pixels_max;
    const auto expect = [&](int code) {
        if (code >= 0) return;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: is damaged ({}); export it again", name, libav_reason(code)));
    };
    expect(avcodec_open2(context.get(), codec, nullptr));
    expect(av_new_packet(packet.get(), static_cast<int>(bytes.size())));
    std::memcpy(packet->data, bytes.data(), bytes.size());
    expect(avcodec_send_packet(context.get(), packet.get()));
    expect(avcodec_receive_frame(context.get(), frame.get()));
    if (frame->decode_error_flags != 0) {
        throw Error(ErrorKind::bad_input, name + ": is damaged; export it again");
    }
    in_context(name, [&] { check_picture_sides(frame->width, frame->height); });
    return frame;
}

FrameRgb read_jpeg(const std::filesystem::path& path) {
    const LibavFrame frame = decode_jpeg(path.string(), read_file(path));
    const Scaler scaler(sws_getContext(frame->width,
                                       frame->height,
                                       static_cast<AVPixelFormat>(frame->format),
                                       frame->width,
                                       frame->height,
                                       AV_PIX_FMT_RGB24,
                                       SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND,
                                       nullptr,
                                       nullptr,
                                       nullptr));
    if (!scaler) {
        throw Error(ErrorKind::bad_input,
                    path.string() + ": unsupported kind of JPEG; save it as PNG");
    }
    // JFIF: the BT.601 matrix over the full range.
    const int* const matrix = sws_getCoefficients(SWS_CS_ITU601);
    sws_setColorspaceDetails(scaler.get(), matrix, 1, matrix, 1, 0, 1 << 16, 1 << 16);
    const std::size_t row = static_cast<std::size_t>(frame->width) * 3;
    std::vector<std::uint8_t> values(row * static_cast<std::size_t>(frame->height));
    std::array<std::uint8_t*, 4> planes = {values.data()};
    const std::array<int, 4> pitches = {static_cast<int>(row)};
    sws_scale(scaler.get(),
              frame->data,
              frame->linesize,
              0,
              frame->height,
              planes.data(),
              pitches.data());
    FrameRgb picture{frame->width, frame->height, {}};
    picture.rgb.reserve(values.size());
    for (const std::uint8_t value : values) {
        picture.rgb.push_back(static_cast<float>(value) / 255.0F);
    }
    return picture;
}

// Colour is multiplied by alpha: what is missing to 1 lets the ground through.
void lay_on_white(ExrPicture& exr) {
    for (std::size_t pixel = 0; pixel < exr.alpha.size(); ++pixel) {
        const float alpha = exr.alpha[pixel];
        const float through = alpha > 0.0F ? 1.0F - std::min(alpha, 1.0F) : 1.0F;
        for (std::size_t channel = 0; channel < 3; ++channel) {
            exr.scene.rgb[pixel * 3 + channel] += through;
        }
    }
}

// ACES's by the digits of the standard, not by the halves and floats of a file.
Chromaticities chromaticities_of(const PicturePrimaries& primaries) {
    if (are_same_primaries(primaries, ap0_picture_primaries)) return ap0_primaries;
    if (are_same_primaries(primaries, ap1_picture_primaries)) return ap1_primaries;
    return {{primaries[0], primaries[1]},
            {primaries[2], primaries[3]},
            {primaries[4], primaries[5]},
            {primaries[6], primaries[7]}};
}

std::int64_t pixels_without_number(const FrameRgb& picture) {
    std::int64_t count = 0;
    for (std::size_t at = 0; at + 2 < picture.rgb.size(); at += 3) {
        const bool is_number = !std::isnan(picture.rgb[at]) && !std::isnan(picture.rgb[at + 1]) &&
                               !std::isnan(picture.rgb[at + 2]);
        if (!is_number) ++count;
    }
    return count;
}

FrameRgb read_exr_picture(const std::filesystem::path& path,
                          PictureGround ground,
                          const std::optional<PicturePrimaries>& primaries,
                          PictureFlaws& flaws) {
    ExrPicture exr = read_exr(path);
    flaws.pixels_without_number = pixels_without_number(exr.scene);
    if (flaws.pixels_without_number == std::int64_t{exr.scene.width} * exr.scene.height) {
        throw Error(ErrorKind::bad_input,
                    path.string() + ": every pixel is NaN; render or export it again");
    }
    if (ground == PictureGround::white) lay_on_white(exr);
    constexpr TransferCurve curve = TransferCurve::srgb;
    FrameRgb display =
        primaries ? scene_to_display(std::move(exr.scene), curve, chromaticities_of(*primaries))
                  : scene_to_display(std::move(exr.scene), curve, WorkingSpace::rec709);
    for (float& value : display.rgb) {
        value = value > 0.0F ? std::min(value, 1.0F) : 0.0F;  // a NaN becomes black
    }
    return display;
}

FrameRgb with_primaries(FrameRgb scene, const Chromaticities& from) {
    const Matrix3 matrix = rgb_to_rgb(from, rec709_primaries);
    for (std::size_t at = 0; at + 2 < scene.rgb.size(); at += 3) {
        const Vector3 colour =
            multiply(matrix, Vector3{scene.rgb[at], scene.rgb[at + 1], scene.rgb[at + 2]});
        for (std::size_t i = 0; i < 3; ++i) scene.rgb[at + i] = static_cast<float>(colour[i]);
    }
    return scene;
}

}  // namespace

FrameRgb read_scene_picture(const std::filesystem::path& path) {
    const std::string name = path.string();
    const PictureHeader header =
        in_context(name, [&] { return read_picture_header(read_file(path)); });
    if (header.kind != PictureKind::exr) {
        throw Error(ErrorKind::bad_input, name + ": is not an EXR file");
    }
    FrameRgb scene = read_exr(path).scene;
    if (!std::ranges::all_of(scene.rgb, [](float value) { return std::isfinite(value); })) {
        throw Error(ErrorKind::bad_input,
                    name + ": has pixels that are NaN or infinite; render or export it again");
    }
    return header.primaries ? with_primaries(std::move(scene), chromaticities_of(*header.primaries))
                            : scene;
}

FrameRgb read_picture(const std::filesystem::path& path,
                      PictureGround ground,
                      PictureFlaws* flaws) {
    const PictureHeader header =
        in_context(path.string(), [&] { return read_picture_header(read_file(path)); });
    switch (header.kind) {
        case PictureKind::png:
            return upright(read_png(path, ground), header.orientation);
        case PictureKind::jpeg:
            return upright(read_jpeg(path), header.orientation);
        case PictureKind::exr: {
            PictureFlaws found;
            FrameRgb picture = read_exr_picture(path, ground, header.primaries, found);
            if (flaws != nullptr) *flaws = found;
            return picture;
        }
    }
    fail_check(__FILE__, __LINE__, "header.kind", "a kind of picture");
}

}  // namespace nightreel

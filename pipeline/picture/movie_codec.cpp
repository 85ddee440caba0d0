#include "pipeline/picture/movie_codec.h"

#include <algorithm>
#include <array>
#include <span>

#include "pipeline/picture/colour/timecode.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// The number of threads is part of what x264 makes, so it does not follow the machine. With two,
// the same frames gave other bytes about once in fifty times.
constexpr int encoder_threads = 1;

struct EncoderOption {
    const char* name;
    const char* value;
};

// Visually lossless for review both. x265 has threads of its own, and writes its options into the
// movie if it may.
constexpr std::array<EncoderOption, 2> h264_options{{{"preset", "medium"}, {"crf", "18"}}};
constexpr std::array<EncoderOption, 3> h265_options{
    {{"preset", "medium"},
     {"crf", "18"},
     {"x265-params",
      "log-level=none:info=0:pools=none:frame-threads=1:wpp=0:open-gop=0:bframes=0"}}};
constexpr std::array<EncoderOption, 2> prores_options{{{"profile", "hq"}, {"vendor", "apl0"}}};
constexpr std::array<EncoderOption, 1> dnxhr_options{{{"profile", "dnxhr_hqx"}}};

struct EncoderChoice {
    const char* name;
    AVPixelFormat pixels;
    std::span<const EncoderOption> options;
};

EncoderChoice choice_of(MovieFormat format) {
    switch (format) {
        case MovieFormat::h264:
            return {"libx264", AV_PIX_FMT_YUV420P, h264_options};
        case MovieFormat::h265:
            return {"libx265", AV_PIX_FMT_YUV420P10, h265_options};
        case MovieFormat::prores:
            return {"prores_ks", AV_PIX_FMT_YUV422P10, prores_options};
        case MovieFormat::dnxhr:
            return {"dnxhd", AV_PIX_FMT_YUV422P10, dnxhr_options};
    }
    fail_check(__FILE__, __LINE__, "format", "a movie format");
}

bool is_intra_only(MovieFormat format) {
    return format == MovieFormat::prores || format == MovieFormat::dnxhr;
}

void set_groups(AVCodecContext& context, MovieFormat format, FrameRate rate) {
    if (is_intra_only(format)) return;
    // Short closed groups without B-frames: a browser steps frame by frame and never shows the
    // wrong one.
    context.gop_size = static_cast<int>(std::clamp<std::int64_t>(timecode_base(rate) / 2, 2, 30));
    context.max_b_frames = 0;
    context.flags |= static_cast<int>(AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_GLOBAL_HEADER);
    context.chroma_sample_location = AVCHROMA_LOC_LEFT;
    if (format == MovieFormat::h264) context.profile = FF_PROFILE_H264_HIGH;
    // What players of Apple ask for.
    if (format == MovieFormat::h265) context.codec_tag = MKTAG('h', 'v', 'c', '1');
}

}  // namespace

YuvForm yuv_form_of(MovieFormat format) {
    return {.bits = format == MovieFormat::h264 ? 8 : 10,
            .rows_each = is_intra_only(format) ? 1 : 2};
}

CodecContext open_encoder(MovieFormat format, int width, int height, FrameRate rate) {
    quiet_libav();
    const EncoderChoice choice = choice_of(format);
    const AVCodec* const codec = avcodec_find_encoder_by_name(choice.name);
    if (codec == nullptr) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("FFmpeg was built without {}: install a libavcodec that encodes {}",
                                choice.name,
                                word_of(format)));
    }
    CodecContext context(avcodec_alloc_context3(codec));
    NIGHTREEL_CHECK(context, "memory for an encoder");
    context->width = width;
    context->height = height;
    context->pix_fmt = choice.pixels;
    context->time_base = {rate.denominator, rate.numerator};
    context->framerate = {rate.numerator, rate.denominator};
    context->sample_aspect_ratio = {1, 1};
    context->thread_count = encoder_threads;
    context->flags |= static_cast<int>(AV_CODEC_FLAG_BITEXACT);
    set_groups(*context, format, rate);
    tag_colour(*context);
    Dictionary options;
    for (const EncoderOption& option : choice.options) options.set(option.name, option.value);
    libav_check(avcodec_open2(context.get(), codec, options.get()),
                ErrorKind::unavailable,
                fmt::format("{} cannot encode {}x{}", choice.name, width, height));
    return context;
}

}  // namespace nightreel

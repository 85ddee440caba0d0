#include "pipeline/picture/movie_reader.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "pipeline/picture/libav.h"
#include "shotspec/base/check.h"
#include "shotspec/picture/picture_limits.h"

namespace nightreel {
namespace {

constexpr int high_definition_lines = 720;  // untagged movies from here on are BT.709

struct InputCloser {
    void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
};

struct MovieScalerCloser {
    void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

bool is_hdr(AVColorTransferCharacteristic curve) {
    return curve == AVCOL_TRC_SMPTE2084 || curve == AVCOL_TRC_ARIB_STD_B67;
}

bool is_wide(AVColorPrimaries primaries) {
    return primaries == AVCOL_PRI_BT2020 || primaries == AVCOL_PRI_SMPTE431 ||
           primaries == AVCOL_PRI_SMPTE432;
}

bool has_turn(const AVStream& stream) {
    const auto* const matrix = reinterpret_cast<const std::int32_t*>(
        av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
    return matrix != nullptr && (matrix[1] != 0 || matrix[3] != 0 || matrix[0] < 0);
}

bool is_square(AVRational aspect) {
    return aspect.num == 0 || aspect.num == aspect.den;
}

int matrix_of(const AVFrame& frame) {
    switch (frame.colorspace) {
        case AVCOL_SPC_BT709:
            return SWS_CS_ITU709;
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
            return SWS_CS_ITU601;
        case AVCOL_SPC_SMPTE240M:
            return SWS_CS_SMPTE240M;
        default:
            return frame.height >= high_definition_lines ? SWS_CS_ITU709 : SWS_CS_ITU601;
    }
}

bool is_full_range(const AVFrame& frame) {
    const AVPixFmtDescriptor* const format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const bool is_rgb = format != nullptr && (format->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    if (frame.color_range == AVCOL_RANGE_UNSPECIFIED) return is_rgb;
    return frame.color_range == AVCOL_RANGE_JPEG;
}

}  // namespace

class MovieReader::Decoder {
  public:
    explicit Decoder(const std::filesystem::path& path) : name_(path.string()) {
        quiet_libav();
        AVFormatContext* opened = nullptr;
        expect(avformat_open_input(&opened, name_.c_str(), nullptr, nullptr));
        format_.reset(opened);
        expect(avformat_find_stream_info(format_.get(), nullptr));
        const AVCodec* codec = nullptr;
        const int index = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
        if (index < 0 || codec == nullptr) refuse("has no video that can be decoded");
        stream_ = format_->streams[index];
        refuse_unusable();
        codec_.reset(avcodec_alloc_context3(codec));
        NIGHTREEL_CHECK(codec_, "memory for a decoder");
        expect(avcodec_parameters_to_context(codec_.get(), stream_->codecpar));
        codec_->err_recognition = AV_EF_EXPLODE;
        codec_->max_pixels = picture_pixels_max;
        codec_->thread_count = 1;
        expect(avcodec_open2(codec_.get(), codec, nullptr));
        packet_.reset(av_packet_alloc());
        frame_.reset(av_frame_alloc());
        NIGHTREEL_CHECK(packet_ && frame_, "memory for a frame");
    }

    MovieFacts facts() {
        const AVCodecParameters& parameters = *stream_->codecpar;
        MovieFacts facts{.size = {parameters.width, parameters.height},
                         .rate = {stream_->r_frame_rate.num, stream_->r_frame_rate.den}};
        refuse_cut_off();
        facts.frames = stream_->nb_frames > 0 ? stream_->nb_frames : count_packets();
        if (facts.frames < 1) refuse("has no frame");
        return facts;
    }

    std::optional<FrameRgb> next() {
        for (;;) {
            const int code = avcodec_receive_frame(codec_.get(), frame_.get());
            if (code == AVERROR_EOF) return {};
            if (code >= 0) return picture();
            if (code != AVERROR(EAGAIN)) expect(code);
            feed();
        }
    }

  private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(ErrorKind::bad_input, fmt::format("{}: {}", name_, why));
    }

    void expect(int code) const {
        if (code >= 0) return;
        refuse(fmt::format("cannot be read as a movie ({}); export it again", libav_reason(code)));
    }

    void refuse_unusable() const {
        const AVCodecParameters& parameters = *stream_->codecpar;
        if (is_hdr(parameters.color_trc) || is_wide(parameters.color_primaries)) {
            refuse("is HDR or has wide primaries; convert it to Rec.709, or give EXR files");
        }
        if (has_turn(*stream_)) refuse("is stored turned; export it upright");
        if (!is_square(parameters.sample_aspect_ratio) ||
            !is_square(stream_->sample_aspect_ratio)) {
            refuse("has pixels that are not square; resample it to square ones");
        }
        const AVFieldOrder order = parameters.field_order;
        if (order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE) {
            refuse("is interlaced; deinterlace it");
        }
        const double usual = av_q2d(stream_->r_frame_rate);
        const double mean = av_q2d(stream_->avg_frame_rate);
        constexpr double tolerance = 0.02;
        if (!(usual > 0) || stream_->r_frame_rate.num > frame_rate_part_max) {
            refuse("has no frame rate; export it again");
        }
        if (mean > 0 && std::abs(mean - usual) > tolerance * usual && stream_->nb_frames > 2) {
            refuse("has a variable frame rate; convert it to a constant one");
        }
    }

    // The index of a movie that was cut off points beyond its end.
    void refuse_cut_off() const {
        const int entries = avformat_index_get_entries_count(stream_);
        const std::int64_t bytes = format_->pb == nullptr ? -1 : avio_size(format_->pb);
        if (entries < 1 || bytes < 0) return;
        for (int at = 0; at < entries; ++at) {
            const AVIndexEntry* const entry = avformat_index_get_entry(stream_, at);
            if (entry->pos + entry->size > bytes) {
                refuse(fmt::format("is cut off at frame {}; copy or export it again", at + 1));
            }
        }
    }

    std::int64_t count_packets() {
        std::int64_t count = 0;
        while (av_read_frame(format_.get(), packet_.get()) >= 0) {
            if (packet_->stream_index == stream_->index) ++count;
            av_packet_unref(packet_.get());
        }
        expect(av_seek_frame(format_.get(), stream_->index, 0, AVSEEK_FLAG_BACKWARD));
        return count;
    }

    void feed() {
        for (;;) {
            const int code = av_read_frame(format_.get(), packet_.get());
            if (code == AVERROR_EOF) {
                expect(avcodec_send_packet(codec_.get(), nullptr));
                return;
            }
            expect(code);
            const bool is_ours = packet_->stream_index == stream_->index;
            const bool is_damaged = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
            if (is_ours && is_damaged) refuse(damage());
            const int sent = is_ours ? avcodec_send_packet(codec_.get(), packet_.get()) : 0;
            av_packet_unref(packet_.get());
            if (sent < 0) refuse(damage());
            if (is_ours) return;
        }
    }

    std::string damage() const {
        return fmt::format("is damaged after frame {}; copy or export it again", frames_);
    }

    FrameRgb picture() {
        if (frame_->decode_error_flags != 0) refuse(damage());
        if (frame_->interlaced_frame != 0) refuse("is interlaced; deinterlace it");
        if (is_hdr(frame_->color_trc) || is_wide(frame_->color_primaries)) {
            refuse("is HDR or has wide primaries; convert it to Rec.709, or give EXR files");
        }
        refuse_gap();
        ++frames_;
        return rgb_of(*frame_);
    }

    void refuse_gap() {
        if (frame_->best_effort_timestamp == AV_NOPTS_VALUE) return;
        const double seconds =
            static_cast<double>(frame_->best_effort_timestamp) * av_q2d(stream_->time_base);
        if (frames_ == 0) begin_seconds_ = seconds;
        const double frames = (seconds - begin_seconds_) * av_q2d(stream_->r_frame_rate);
        constexpr double tolerance = 0.6;
        if (std::abs(frames - static_cast<double>(frames_)) < tolerance) return;
        refuse(
            fmt::format("frame {} is shown at {:.3f} s: frames are missing, or the frame rate "
                        "is variable; convert it to a constant one",
                        frames_ + 1,
                        seconds));
    }

    FrameRgb rgb_of(const AVFrame& frame) {
        const auto format = static_cast<AVPixelFormat>(frame.format);
        if (!scaler_) {
            scaler_.reset(sws_getContext(
                frame.width,
                frame.height,
                format,
                frame.width,
                frame.height,
                AV_PIX_FMT_RGB48,
                SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND,
                nullptr,
                nullptr,
                nullptr));
            if (!scaler_) refuse("has pixels of a kind that is not read; export it as H.264");
            const int* const from = sws_getCoefficients(matrix_of(frame));
            sws_setColorspaceDetails(
                scaler_.get(), from, is_full_range(frame) ? 1 : 0, from, 1, 0, 1 << 16, 1 << 16);
            size_ = {frame.width, frame.height};
        }
        if (frame.width != size_.width || frame.height != size_.height) {
            refuse(fmt::format("changes its size at frame {}", frames_));
        }
        const std::size_t row = static_cast<std::size_t>(frame.width) * 3;
        std::vector<std::uint16_t> values(row * static_cast<std::size_t>(frame.height));
        const std::array<std::uint8_t*, 4> planes = {
            reinterpret_cast<std::uint8_t*>(values.data())};
        const std::array<int, 4> pitches = {static_cast<int>(row * sizeof(std::uint16_t))};
        sws_scale(scaler_.get(),
                  frame.data,
                  frame.linesize,
                  0,
                  frame.height,
                  planes.data(),
                  pitches.data());
        FrameRgb picture{frame.width, frame.height, {}};
        picture.rgb.reserve(values.size());
        for (const std::uint16_t value : values) {
            picture.rgb.push_back(static_cast<float>(value) / 65535.0F);
        }
        return picture;
    }

    std::string name_;
    std::unique_ptr<AVFormatContext, InputCloser> format_;
    AVStream* stream_ = nullptr;
    CodecContext codec_;
    LibavPacket packet_;
    LibavFrame frame_;
    std::unique_ptr<SwsContext, MovieScalerCloser> scaler_;
    PictureSize size_;
    std::int64_t frames_ = 0;  // decoded so far
    double begin_seconds_ = 0;
};

MovieReader::MovieReader(std::filesystem::path path)
    : decoder_(std::make_unique<Decoder>(std::move(path))) {}

MovieReader::~MovieReader() = default;

MovieFacts MovieReader::facts() {
    return decoder_->facts();
}

std::optional<FrameRgb> MovieReader::next() {
    return decoder_->next();
}

}  // namespace nightreel

#include "pipeline/picture/movie.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include <unistd.h>

#include "pipeline/picture/colour/timecode.h"
#include "pipeline/picture/libav.h"
#include "pipeline/picture/yuv.h"
#include "shotspec/base/check.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

// The number of threads is part of what x264 makes, so it does not follow the machine. With two,
// the same frames gave other bytes about once in fifty times.
constexpr int encoder_threads = 1;
constexpr const char* rate_factor = "18";  // visually lossless for review

struct FormatCloser {
    void operator()(AVFormatContext* format) const {
        if (format->pb != nullptr) avio_closep(&format->pb);
        avformat_free_context(format);
    }
};

using Format = std::unique_ptr<AVFormatContext, FormatCloser>;

class Dictionary {
  public:
    Dictionary() = default;

    ~Dictionary() { av_dict_free(&value_); }

    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;

    void set(const char* name, const std::string& value) {
        NIGHTREEL_CHECK(av_dict_set(&value_, name, value.c_str(), 0) >= 0, "memory for an option");
    }

    AVDictionary** get() { return &value_; }

    AVDictionary* release() { return std::exchange(value_, nullptr); }

  private:
    AVDictionary* value_ = nullptr;
};

std::filesystem::path aside(const std::filesystem::path& path) {
    static std::atomic<unsigned> count{0};
    return path.parent_path() /
           fmt::format(".{}.{}.{}.part", path.filename().string(), ::getpid(), count++);
}

// FFmpeg loses the tags when they are on the codec alone: frames carry them too.
template <class Tagged>
void tag_colour(Tagged& tagged) {
    tagged.color_primaries = AVCOL_PRI_BT709;
    tagged.color_trc = AVCOL_TRC_IEC61966_2_1;
    tagged.colorspace = AVCOL_SPC_BT709;
    tagged.color_range = AVCOL_RANGE_MPEG;
}

void copy_plane(const std::vector<std::uint8_t>& plane,
                int width,
                std::uint8_t* target,
                int pitch) {
    const auto row = static_cast<std::size_t>(width);
    for (std::size_t y = 0; y * row < plane.size(); ++y) {
        std::copy_n(plane.data() + y * row, row, target + static_cast<std::ptrdiff_t>(y) * pitch);
    }
}

CodecContext open_codec(int width, int height, FrameRate rate) {
    quiet_libav();
    const AVCodec* const codec = avcodec_find_encoder_by_name("libx264");
    if (codec == nullptr) {
        throw Error(ErrorKind::unavailable,
                    "FFmpeg was built without libx264: install a libavcodec with H.264 encoding");
    }
    CodecContext context(avcodec_alloc_context3(codec));
    NIGHTREEL_CHECK(context, "memory for an encoder");
    context->width = width;
    context->height = height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = {rate.denominator, rate.numerator};
    context->framerate = {rate.numerator, rate.denominator};
    context->sample_aspect_ratio = {1, 1};
    context->thread_count = encoder_threads;
    context->profile = FF_PROFILE_H264_HIGH;
    // Short closed groups without B-frames: a browser steps frame by frame and never shows the
    // wrong one.
    context->gop_size = static_cast<int>(std::clamp<std::int64_t>(timecode_base(rate) / 2, 2, 30));
    context->max_b_frames = 0;
    context->flags |= static_cast<int>(AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_GLOBAL_HEADER |
                                       AV_CODEC_FLAG_BITEXACT);
    context->chroma_sample_location = AVCHROMA_LOC_LEFT;
    tag_colour(*context);
    Dictionary options;
    options.set("preset", "medium");
    options.set("crf", rate_factor);
    libav_check(avcodec_open2(context.get(), codec, options.get()),
                ErrorKind::unavailable,
                fmt::format("libx264 cannot encode {}x{}", width, height));
    return context;
}

// A timecode track keeps the frames of a second, rounded, in one byte.
bool track_holds_timecode(FrameRate rate) {
    return rate.per_second() >= 1 && timecode_base(rate) <= 255;
}

}  // namespace

// One H.264 track of RGB frames in a file aside.
class MovieWriter::Encoder {
  public:
    Encoder(std::filesystem::path path, const SlateFacts& facts, int width, int height)
        : path_(std::move(path)),
          part_(aside(path_)),
          codec_(open_codec(width, height, facts.rate)),
          picture_(av_frame_alloc()),
          packet_(av_packet_alloc()) {
        NIGHTREEL_CHECK(picture_ && packet_, "memory for a frame");
        picture_->format = codec_->pix_fmt;
        picture_->width = width;
        picture_->height = height;
        expect(av_frame_get_buffer(picture_.get(), 0), "memory for a frame");
        open_file(facts);
    }

    ~Encoder() {
        format_.reset();
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
    }

    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    void add(const FrameRgb& display) {
        const Yuv420 yuv = to_yuv420(display);
        NIGHTREEL_CHECK(yuv.width == codec_->width && yuv.height == codec_->height,
                        "every frame has the movie's size");
        expect(av_frame_make_writable(picture_.get()), "memory for a frame");
        copy_plane(yuv.luma, yuv.width, picture_->data[0], picture_->linesize[0]);
        copy_plane(yuv.blue, yuv.width / 2, picture_->data[1], picture_->linesize[1]);
        copy_plane(yuv.red, yuv.width / 2, picture_->data[2], picture_->linesize[2]);
        tag_colour(*picture_);
        picture_->chroma_location = AVCHROMA_LOC_LEFT;
        picture_->pts = count_++;
        expect(avcodec_send_frame(codec_.get(), picture_.get()), "encoding failed");
        drain();
    }

    Digest finish() {
        expect(avcodec_send_frame(codec_.get(), nullptr), "encoding failed");
        drain();
        expect(av_write_trailer(format_.get()), "writing failed");
        expect(avio_closep(&format_->pb), "writing failed");
        format_.reset();
        sync_file(part_);
        const Digest digest = digest_of_file(part_);
        std::error_code fault;
        std::filesystem::rename(part_, path_, fault);
        if (fault) {
            throw Error(ErrorKind::unavailable,
                        fmt::format("{}: rename failed: {}", path_.string(), fault.message()));
        }
        sync_directory(path_.parent_path().empty() ? "." : path_.parent_path());
        return digest;
    }

  private:
    void open_file(const SlateFacts& facts) {
        AVFormatContext* format = nullptr;
        expect(avformat_alloc_output_context2(&format, nullptr, "mp4", part_.c_str()), "MP4");
        format_.reset(format);
        format->flags |= AVFMT_FLAG_BITEXACT;  // no date and no library version in the file
        stream_ = avformat_new_stream(format, nullptr);
        NIGHTREEL_CHECK(stream_ != nullptr, "memory for a track");
        expect(avcodec_parameters_from_context(stream_->codecpar, codec_.get()), "H.264 in MP4");
        stream_->time_base = codec_->time_base;
        stream_->avg_frame_rate = codec_->framerate;
        stream_->r_frame_rate = codec_->framerate;
        if (track_holds_timecode(facts.rate)) {
            const std::int64_t first = facts.frames.first - slate_frames;
            Dictionary track;
            track.set("timecode", text_of(timecode_of(first, facts.rate)));
            stream_->metadata = track.release();
        }
        Dictionary facts_of_movie;
        facts_of_movie.set("title",
                           fmt::format("{} v{:03} t{:02}", facts.shot, facts.version, facts.take));
        facts_of_movie.set("first_frame", std::to_string(facts.frames.first));
        facts_of_movie.set("last_frame", std::to_string(facts.frames.last));
        facts_of_movie.set("slate_length", std::to_string(slate_frames));
        facts_of_movie.set("watermarking", "burnin");
        format->metadata = facts_of_movie.release();
        Dictionary options;
        options.set("movflags", "+faststart+use_metadata_tags");
        expect(avio_open(&format->pb, part_.c_str(), AVIO_FLAG_WRITE), "cannot be written");
        expect(avformat_write_header(format, options.get()), "MP4");
    }

    void drain() {
        while (true) {
            const int code = avcodec_receive_packet(codec_.get(), packet_.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
            expect(code, "encoding failed");
            packet_->duration = 1;
            packet_->stream_index = stream_->index;
            av_packet_rescale_ts(packet_.get(), codec_->time_base, stream_->time_base);
            expect(av_interleaved_write_frame(format_.get(), packet_.get()), "writing failed");
        }
    }

    void expect(int code, const char* what) const {
        libav_check(code, ErrorKind::unavailable, fmt::format("{}: {}", path_.string(), what));
    }

    std::filesystem::path path_;
    std::filesystem::path part_;
    CodecContext codec_;
    LibavFrame picture_;
    LibavPacket packet_;
    Format format_;
    AVStream* stream_ = nullptr;  // owned by format_
    std::int64_t count_ = 0;
};

MovieWriter::MovieWriter(std::filesystem::path path, SlateFacts facts, const FrameRgb& thumbnail)
    : path_(std::move(path)), facts_(std::move(facts)), next_(facts_.frames.first) {
    NIGHTREEL_CHECK(facts_.frames.count() > 0, "a movie has frames");
    const int factor = movie_factor(facts_.size);
    const FrameRgb slate = make_slate(
        painter_, facts_, thumbnail, facts_.size.width * factor, facts_.size.height * factor);
    encoder_ = std::make_unique<Encoder>(
        path_, facts_, (slate.width + 1) / 2 * 2, (slate.height + 1) / 2 * 2);
    encoder_->add(slate);
}

MovieWriter::~MovieWriter() = default;

void MovieWriter::add(std::int64_t number, const FrameRgb& display) {
    NIGHTREEL_CHECK(number == next_, "frames come in order, without a gap");
    NIGHTREEL_CHECK(display.width == facts_.size.width && display.height == facts_.size.height,
                    "frames have the size of the take");
    ++next_;
    FrameRgb picture = enlarged(display, movie_factor(facts_.size));
    burn_in(painter_, picture, facts_, number);
    encoder_->add(picture);
}

Digest MovieWriter::finish() {
    NIGHTREEL_CHECK(next_ == facts_.frames.last + 1, "every frame of the take is in its movie");
    return encoder_->finish();
}

}  // namespace nightreel

#include "pipeline/picture/movie.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "pipeline/picture/colour/timecode.h"
#include "pipeline/picture/movie_codec.h"
#include "shotspec/base/check.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

struct FormatCloser {
    void operator()(AVFormatContext* format) const {
        if (format->pb != nullptr) avio_closep(&format->pb);
        avformat_free_context(format);
    }
};

using Format = std::unique_ptr<AVFormatContext, FormatCloser>;

std::filesystem::path aside(const std::filesystem::path& path) {
    static std::atomic<unsigned> count{0};
    return path.parent_path() /
           fmt::format(".{}.{}.{}.part", path.filename().string(), ::getpid(), count++);
}

// A plane of codes, as many bits each as the encoder takes.
void copy_plane(const std::vector<std::uint16_t>& plane,
                int width,
                bool as_bytes,
                std::uint8_t* target,
                int pitch) {
    const auto row = static_cast<std::size_t>(width);
    for (std::size_t y = 0; y * row < plane.size(); ++y) {
        const std::uint16_t* const codes = plane.data() + y * row;
        std::uint8_t* const line = target + static_cast<std::ptrdiff_t>(y) * pitch;
        if (as_bytes) {
            std::transform(codes, codes + row, line, [](std::uint16_t code) {
                return static_cast<std::uint8_t>(code);
            });
        } else {
            std::memcpy(line, codes, row * sizeof(std::uint16_t));
        }
    }
}

// A timecode track keeps the frames of a second, rounded, in one byte.
bool track_holds_timecode(FrameRate rate) {
    return rate.per_second() >= 1 && timecode_base(rate) <= 255;
}

}  // namespace

// One track of RGB frames in a file aside.
class MovieWriter::Encoder {
  public:
    Encoder(std::filesystem::path path,
            const SlateFacts& facts,
            MovieFormat format,
            int width,
            int height)
        : path_(std::move(path)),
          part_(aside(path_)),
          file_format_(format),
          codec_(open_encoder(format, width, height, facts.rate)),
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
        const YuvForm form = yuv_form_of(file_format_);
        const bool as_bytes = form.bits == 8;
        const Yuv yuv = to_yuv(display, form);
        NIGHTREEL_CHECK(yuv.width == codec_->width && yuv.height == codec_->height,
                        "every frame has the movie's size");
        expect(av_frame_make_writable(picture_.get()), "memory for a frame");
        copy_plane(yuv.luma, yuv.width, as_bytes, picture_->data[0], picture_->linesize[0]);
        copy_plane(yuv.blue, yuv.width / 2, as_bytes, picture_->data[1], picture_->linesize[1]);
        copy_plane(yuv.red, yuv.width / 2, as_bytes, picture_->data[2], picture_->linesize[2]);
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
        const char* const container = movie_extension(file_format_).data();
        expect(avformat_alloc_output_context2(&format, nullptr, container, part_.c_str()),
               container);
        format_.reset(format);
        format->flags |= AVFMT_FLAG_BITEXACT;  // no date and no library version in the file
        stream_ = avformat_new_stream(format, nullptr);
        NIGHTREEL_CHECK(stream_ != nullptr, "memory for a track");
        expect(avcodec_parameters_from_context(stream_->codecpar, codec_.get()), "track");
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
        expect(avformat_write_header(format, options.get()), container);
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
    MovieFormat file_format_;
    CodecContext codec_;
    LibavFrame picture_;
    LibavPacket packet_;
    Format format_;
    AVStream* stream_ = nullptr;  // owned by format_
    std::int64_t count_ = 0;
};

MovieWriter::MovieWriter(std::filesystem::path path,
                         SlateFacts facts,
                         const FrameRgb& thumbnail,
                         MovieFormat format)
    : path_(std::move(path)), facts_(std::move(facts)), next_(facts_.frames.first) {
    NIGHTREEL_CHECK(facts_.frames.count() > 0, "a movie has frames");
    const int factor = movie_factor(facts_.size);
    const FrameRgb slate = make_slate(
        painter_, facts_, thumbnail, facts_.size.width * factor, facts_.size.height * factor);
    encoder_ = std::make_unique<Encoder>(
        path_, facts_, format, (slate.width + 1) / 2 * 2, (slate.height + 1) / 2 * 2);
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

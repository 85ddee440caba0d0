#pragma once
// FFmpeg's C structures with owners, and its error codes as Error. Private to pipeline/picture.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
}

#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {

struct LibavCloser {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }

    void operator()(AVFrame* frame) const { av_frame_free(&frame); }

    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

// Options, or facts for a file.
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

using CodecContext = std::unique_ptr<AVCodecContext, LibavCloser>;
using LibavFrame = std::unique_ptr<AVFrame, LibavCloser>;
using LibavPacket = std::unique_ptr<AVPacket, LibavCloser>;

// What goes wrong is an Error here; FFmpeg would tell it on stderr a second time, among statistics
// that nobody asked for. Its log level belongs to the whole process.
inline void quiet_libav() {
    av_log_set_level(AV_LOG_FATAL);
}

inline std::string libav_reason(int code) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, text, sizeof text);
    return text;
}

// Passes on what is not an error.
inline int libav_check(int code, ErrorKind kind, const std::string& what) {
    if (code < 0) throw Error(kind, fmt::format("{}: {}", what, libav_reason(code)));
    return code;
}

}  // namespace nightreel

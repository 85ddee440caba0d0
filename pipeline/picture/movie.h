#pragma once
// A movie of a take: H.264 in MP4 that plays in a browser, or a format for editing; tagged for what
// it is, with a slate in front and facts burnt in. Frames stream through; the file appears when it
// is finished. The same frames and facts are the same bytes. One thread.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "pipeline/picture/slate.h"
#include "shotspec/base/digest.h"
#include "shotspec/picture/movie_format.h"
#include "shotspec/picture/movie_size.h"

namespace nightreel {

inline constexpr int slate_frames = 1;

class MovieWriter {
  public:
    // The slate shows `thumbnail`. The timecode of the slate is one frame before
    // facts.frames.first, so that every frame of the take has the timecode that its EXR file has.
    MovieWriter(std::filesystem::path path,
                SlateFacts facts,
                const FrameRgb& thumbnail,
                MovieFormat format = MovieFormat::h264);
    // A movie that was not finished leaves nothing behind.
    ~MovieWriter();
    MovieWriter(const MovieWriter&) = delete;
    MovieWriter& operator=(const MovieWriter&) = delete;

    // Display-referred, of the size in the facts; numbers follow each other from
    // facts.frames.first.
    void add(std::int64_t number, const FrameRgb& display);

    // Every frame of the facts was added. Gives the digest of the file.
    Digest finish();

  private:
    class Encoder;

    std::filesystem::path path_;
    SlateFacts facts_;
    TextPainter painter_;
    std::int64_t next_;
    std::unique_ptr<Encoder> encoder_;
};

}  // namespace nightreel

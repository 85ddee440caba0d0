#pragma once
// A review movie: H.264 in MP4 that plays in a browser, tagged for what it is, with a slate in
// front and facts burnt in. Frames stream through; the file appears when it is finished. The same
// frames and facts are the same bytes. One thread.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "pipeline/picture/slate.h"
#include "shotspec/base/digest.h"

namespace nightreel {

inline constexpr int slate_frames = 1;
inline constexpr int movie_lines_min = 540;

// By how much a take of that size is enlarged in its movie: the smallest whole factor that gives
// movie_lines_min lines; 1 for larger takes.
int movie_factor(PictureSize size);

class MovieWriter {
  public:
    // The slate shows `thumbnail`. The timecode of the slate is one frame before
    // facts.frames.first, so that every frame of the take has the timecode that its EXR file has.
    MovieWriter(std::filesystem::path path, SlateFacts facts, const FrameRgb& thumbnail);
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

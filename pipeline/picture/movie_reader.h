#pragma once
// Frames of a movie that somebody gives, in order, as display code values of Rec.709. What is
// stored is taken as it is: matrix and range follow the movie's tags, and code values are those
// that a player shows. One thread.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/describe/units.h"

namespace nightreel {

struct MovieFacts {
    PictureSize size;
    FrameRate rate;
    std::int64_t frames = 0;  // as its index says; counted where it has none
};

class MovieReader {
  public:
    // The first video stream. Error{bad_input} that names the file: no movie, cut off, HDR,
    // interlaced, turned, of pixels that are not square or of a variable frame rate.
    explicit MovieReader(std::filesystem::path path);
    ~MovieReader();
    MovieReader(const MovieReader&) = delete;
    MovieReader& operator=(const MovieReader&) = delete;

    // May read the whole file.
    MovieFacts facts();

    // The next frame in [0, 1]; nothing after the last. Error{bad_input} for one that is damaged or
    // does not follow the one before it in time.
    std::optional<FrameRgb> next();

  private:
    class Decoder;

    std::unique_ptr<Decoder> decoder_;
};

}  // namespace nightreel

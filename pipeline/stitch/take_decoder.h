#pragma once
// Latents of a take in, frames out, one latent frame at a time and in bounded memory, however long
// the take is. What the decoder remembers can be saved and taken up again, in another process too:
// the frames are the same bytes. Owned by one thread; the engine outlives it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/sample/engine.h"
#include "pipeline/sample/latent_clip.h"

namespace nightreel {

// What frames are decoded in: as the engine's precision has it, or float32 for frames that will be
// encoded again.
enum class DecodeIn { usual, float32 };

class TakeDecoder {
  public:
    // Frames are numbered from 0 within the take; display-referred values in [0, 1].
    using TakeFrame = std::function<void(std::int64_t index, const FrameRgb& frame)>;

    explicit TakeDecoder(Engine& engine, DecodeIn type = DecodeIn::usual);
    // Goes on where save() was called.
    TakeDecoder(Engine& engine, const std::filesystem::path& saved);
    ~TakeDecoder();

    // The next latent frames of the take. Each gives its frames (one for the first of a take, else
    // four) before the next is decoded.
    void push(const LatentClip& latents, const TakeFrame& take_frame);

    std::int64_t latent_frames() const;  // decoded so far
    std::int64_t frames() const;         // given so far

    void save(const std::filesystem::path& file) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel

#pragma once
// Rows of pictures that pass by from top to bottom, as a convolution in a frame needs them: a few
// rows at a time, the last of which stay until the rows below have come. Memory is bounded by the
// rows that are worked on at once, not by the height of the picture. One thread adds and drops;
// any may fill and read between that.

#include <algorithm>
#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vae/layers.h"

namespace nightreel {

// Values from one place to the next: an even number, for bf16 is multiplied in pairs of channels.
// Those beyond the channels are zeros.
inline std::int64_t stride_of(std::int64_t channels) {
    return channels + channels % 2;
}

// What goes through a layer for one latent frame: its size there, and whether another follows, for
// which something must be kept.
struct Piece {
    std::int64_t frames = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    bool is_first = false;  // of a clip
    bool is_followed = true;
};

// T is float or c10::BFloat16.
template <class T>
class RowWindow {
  public:
    // Room for `capacity` rows of pictures with `border` zeros at both ends.
    RowWindow(const Piece& piece,
              std::int64_t capacity,
              std::int64_t channels,
              std::int64_t border);

    std::int64_t frames() const { return frames_; }

    std::int64_t rows() const { return rows_; }

    std::int64_t stride() const { return stride_; }

    // The first place of a row, right of the border.
    T* row(std::int64_t frame, std::int64_t row) const {
        return values_ + ((frame * capacity_ + row) * line_ + border_) * stride_;
    }

    // Makes room for rows below the others and returns the number of the first; their borders are
    // zeros already.
    std::int64_t add(std::int64_t count);
    void add_zeros(std::int64_t count);
    void drop(std::int64_t count);  // the topmost ones

  private:
    at::Tensor storage_;
    T* values_ = nullptr;
    std::int64_t frames_ = 0;
    std::int64_t capacity_ = 0;
    std::int64_t line_ = 0;
    std::int64_t border_ = 0;
    std::int64_t stride_ = 0;
    std::int64_t rows_ = 0;
};

// The frames that a layer keeps for the next piece, as rows: [2, h, w, stride], the newest last.
// Frames before the first one of a clip are zeros and are not stored.
template <class T>
class KeptRows {
  public:
    KeptRows(KeptFrames& kept, const Piece& piece, std::int64_t channels);

    // How many frames there are from before this piece: 0 to 2.
    std::int64_t count() const { return before_; }

    // Row of frame 0 to count() - 1, the newest last.
    const T* row(std::int64_t frame, std::int64_t row) const;
    // Keeps a row of the frames that `frame_row(frame)` gives: first those from before this piece,
    // then its own. Rows of count() must have been used before.
    using FrameRow = std::function<const T*(std::int64_t frame)>;
    void keep(std::int64_t row, const FrameRow& frame_row);
    // After the last row.
    void finish();

  private:
    T* kept_row(std::int64_t frame, std::int64_t row) const;

    KeptFrames& kept_;
    Piece piece_;
    std::int64_t stride_ = 0;
    std::int64_t before_ = 0;
    std::int64_t after_ = 0;
};

// The input of a causal convolution that sees one row above and below: rows of the frames before,
// then of the piece's own, with zeros around the picture.
template <class T>
class CausalRows {
  public:
    CausalRows(KeptFrames& kept,
               const Piece& piece,
               std::int64_t rows_at_once,
               std::int64_t channels);

    std::int64_t frames_before() const { return kept_.count(); }

    std::int64_t stride() const { return window_.stride(); }

    // `frame` counts from the oldest one that is there.
    const T* row(std::int64_t frame, std::int64_t row) const { return window_.row(frame, row); }

    // Room for the next rows; the frames of the piece are then filled in by the caller.
    std::int64_t add(std::int64_t count);

    T* own_row(std::int64_t frame, std::int64_t row) const {
        return window_.row(kept_.count() + frame, row);
    }

    // After filling: keeps what the next piece needs.
    void filled(std::int64_t first, std::int64_t count, bool is_last);

    // Rows that can be convolved: all that have one above and below.
    std::int64_t ready() const { return std::max<std::int64_t>(window_.rows() - 2, 0); }

    void drop(std::int64_t count) { window_.drop(count); }

  private:
    KeptRows<T> kept_;
    Piece piece_;
    RowWindow<T> window_;
    std::int64_t next_row_ = 0;  // of the picture
};

}  // namespace nightreel

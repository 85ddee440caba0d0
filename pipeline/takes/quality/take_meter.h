#pragma once
// Measures a take while its frames pass by: two frames, a few numbers and a thumbnail of each
// earlier one are kept (about 500 bytes a frame). Characters with reference pictures are measured
// when the meter has first been shown a few frames from all over the take. One thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/takes/quality/drifts.h"
#include "pipeline/takes/quality/frame_figures.h"
#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/subject_meter.h"
#include "pipeline/takes/quality/take_metrics.h"
#include "pipeline/takes/quality/take_series.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// The share of a take at either end that `drift` is measured between.
inline constexpr double drift_share = 0.15;
// How many frames from all over a take show what there is in it.
inline constexpr std::int64_t preview_frames = 24;

// Numbers of frames. Of the frames of a short take, all.
std::vector<std::int64_t> frames_to_preview(const FrameRange& frames);

struct MeteredTake {
    FrameRange frames;
    std::vector<std::int64_t> joints;     // first frame of each segment that continues another
    std::vector<std::int64_t> cuts = {};  // first frame of each later clip that continues nothing
    std::vector<CharacterPictures> characters = {};
    bool changes_scene = false;  // as somebody asked
};

class TakeMeter {
  public:
    explicit TakeMeter(MeteredTake take);

    // Whether it wants to see frames_to_preview before the first add.
    bool wants_preview() const { return !subjects_.empty(); }

    // One of frames_to_preview.
    void preview(const FrameRgb& display);

    // The next frame, display-referred; all frames have one size.
    void add(const FrameRgb& display);

    TakeMetrics finish() const;

    const TakeSeries& series() const { return series_; }

  private:
    double end_drift() const;

    std::int64_t first_frame_;
    TakeShape shape_;
    TakeSeries series_;
    DriftMeter drifts_;
    std::vector<SubjectMeter> subjects_;
    std::vector<std::uint8_t> previous_;
    std::vector<ReducedPicture> reduced_;  // of the last two frames
    Tiles tiles_{};
};

}  // namespace nightreel

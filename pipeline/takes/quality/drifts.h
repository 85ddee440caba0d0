#pragma once
// Slow change over the segments of a take. What moves through the picture must not count, nor a
// camera that pans: so tiles of the picture are compared in which little moves, and what most of
// them do is the change. One meter for a take, fed frame by frame; one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/takes/quality/frame_figures.h"
#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/take_metrics.h"

namespace nightreel {

class DriftMeter {
  public:
    explicit DriftMeter(const TakeShape& shape);

    // The next frame.
    void add(const FrameFigures& figures, const Tiles& tiles);

    // Fills in drift, drifts and segments, with their findings. `first` is the number of the first
    // frame.
    void finish(std::int64_t first, TakeMetrics& metrics) const;

  private:
    struct Part {
        std::size_t begin = 0;
        std::size_t frames = 0;  // that count: neither black nor broken
        FrameFigures sums;
        Tiles tiles{};                           // means
        std::array<float, tile_count> spread{};  // sums of squared differences of luma from it
    };

    using Change = double (*)(const Part& first, const Part& part);

    std::vector<double> changes_of(Change change) const;
    static std::vector<std::size_t> still_tiles(const Part& first, const Part& part);
    static std::array<double, 3> colour_change(const Part& first, const Part& part);
    template <std::size_t channel>
    static double channel_change(const Part& first, const Part& part);
    static double brightness_change(const Part& first, const Part& part);
    static double contrast_change(const Part& first, const Part& part);
    static double sharpness_change(const Part& first, const Part& part);
    void add_segments(std::int64_t first, TakeMetrics& metrics) const;

    std::vector<Part> parts_;
    std::size_t frames_ = 0;
    bool is_one_stream_ = true;
};

}  // namespace nightreel

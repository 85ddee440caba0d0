#pragma once
// Finds a character in the frames of a take by the colours of its reference pictures, and measures
// whether it is there, once, and stays as it is. No network and nothing about any world takes part:
// which of its colours tell it from the scene is worked out from frames of the whole take. Where
// none do, nothing is measured. One meter for a character of a take; one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/takes/quality/ordinary.h"
#include "pipeline/takes/quality/subject_regions.h"
#include "pipeline/takes/quality/take_metrics.h"

namespace nightreel {

struct CharacterPictures {
    std::string name;
    std::vector<FrameRgb> pictures = {};  // display-referred
};

// What is kept of a frame. Lengths are pixels of the reduced picture.
struct SubjectFrame {
    int count = 0;  // of regions that may be the character
    double area = 0;
    RegionBox box;
    bool at_edge = false;
    double contrast = 0;  // of the box; of the last box known, where nothing is seen
    ColourAxes colours{};
    Outline outline{};
};

class SubjectMeter {
  public:
    explicit SubjectMeter(CharacterPictures character);

    // Frames from all over the take, before the first add.
    void preview(const ReducedPicture& picture);

    // The next frame; how often the character is seen in it.
    int add(const ReducedPicture& picture);

    void finish(std::int64_t first, const TakeShape& shape, TakeMetrics& metrics) const;

  private:
    void learn();
    void learn_closing();
    Mask mask_of(const std::vector<Oklab>& colours, int width, int height) const;
    int count_of(const std::vector<Region>& regions, SubjectFrame& frame) const;

    std::string name_;
    std::optional<std::string> not_measured_;
    bool has_learnt_ = false;
    bool is_missing_ = false;  // its colours are not in the take
    ColourCounts reference_;   // softened
    ColourAxes reference_axes_{};
    std::vector<ReducedPicture> references_;
    std::vector<ReducedPicture> previews_;
    double closing_ = 0;                // gaps to close, as a share of the character's size
    std::vector<std::uint8_t> is_own_;  // by colour bin
    double usual_area_ = 0;
    double own_colours_ = 0;  // distance to the reference, to be the character
    double whole_area_ = 0;
    double usual_width_ = 0;
    double usual_height_ = 0;
    RegionBox last_box_;
    std::vector<SubjectFrame> frames_;
};

}  // namespace nightreel

#include "pipeline/takes/quality/subject_meter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace nightreel {
namespace {

// A ground in a reference picture: so much of the picture's rim has one colour.
constexpr double plain_rim_share = 0.7;
constexpr float ground_distance = 0.07F;
// A colour tells the character from the scene when the scene has at most so many times as much of
// it as the character alone would bring.
constexpr double own_ratio = 2.5;
// The share of the reference by which the character's size is found: its rarest colours.
constexpr double rare_share = 0.3;
constexpr double share_min = 0.001;  // of the picture, on average
constexpr double share_max = 0.5;
constexpr double region_share = 0.12;   // of the usual area, to be seen at all
constexpr double second_share = 0.4;    // of the usual area, to be a second one
constexpr double whole_box = 1.3;       // parts within this much of the usual box are one character
constexpr double own_colours = 0.28;    // distance to the reference, to be the character
constexpr double own_spread = 0.12;     // of this distance within a take
constexpr double double_colours = 0.2;  // distance to the first one, to be a second one

// Gaps that are closed, as shares of the side of a square as large as the character.
constexpr double closing_step = 0.02;
constexpr double closing_margin = 0.04;
constexpr double closing_least = 0.12;
constexpr double closing_largest = 0.2;
// So much of a reference is one piece when its gaps are closed.
constexpr double one_piece = 0.9;

int radius_for(double closing, double area) {
    return static_cast<int>(std::ceil(closing * std::sqrt(area)));
}

struct RimColour {
    Oklab colour;
    bool is_plain = false;
};

RimColour rim_of(const std::vector<Oklab>& colours, int width, int height) {
    std::vector<Oklab> rim;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (x > 0 && y > 0 && x + 1 < width && y + 1 < height) continue;
            rim.push_back(colours[static_cast<std::size_t>(y * width + x)]);
        }
    }
    std::array<std::vector<double>, 3> axes;
    for (const Oklab& colour : rim) {
        axes[0].push_back(static_cast<double>(colour.lightness));
        axes[1].push_back(static_cast<double>(colour.a));
        axes[2].push_back(static_cast<double>(colour.b));
    }
    RimColour result{{static_cast<float>(median_of(axes[0])),
                      static_cast<float>(median_of(axes[1])),
                      static_cast<float>(median_of(axes[2]))},
                     false};
    const auto near = std::count_if(rim.begin(), rim.end(), [&](const Oklab& colour) {
        return distance_of(colour, result.colour) < ground_distance;
    });
    result.is_plain =
        static_cast<double>(near) >= plain_rim_share * static_cast<double>(rim.size());
    return result;
}

// The character in its picture: what is not ground, or the middle where there is no plain ground.
Mask reference_mask(const std::vector<Oklab>& colours, int width, int height) {
    const RimColour rim = rim_of(colours, width, height);
    Mask mask{width, height, std::vector<std::uint8_t>(colours.size(), 0)};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double across = (x + 0.5) / width * 2 - 1;
            const double down = (y + 0.5) / height * 2 - 1;
            const bool is_own =
                rim.is_plain ? distance_of(colours[mask.at(x, y)], rim.colour) > ground_distance
                             : across * across + down * down < 0.6;
            mask.set[mask.at(x, y)] = is_own ? 1 : 0;
        }
    }
    return rim.is_plain ? closed(mask, radius_for(closing_largest, area_of(mask))) : mask;
}

// How large the character is on average, by its colours that the scene has least of.
double share_of(const ColourCounts& reference, const ColourCounts& scene) {
    std::vector<std::pair<double, double>> ratios;  // scene over reference, weight
    for (std::size_t bin = 0; bin < colour_bins; ++bin) {
        if (reference[bin] > 1e-3) ratios.emplace_back(scene[bin] / reference[bin], reference[bin]);
    }
    std::sort(ratios.begin(), ratios.end());
    double weight = 0;
    double share = 0;
    for (const auto& [ratio, part] : ratios) {
        weight += part;
        share = ratio;
        if (weight >= rare_share) break;
    }
    return share;
}

}  // namespace

SubjectMeter::SubjectMeter(CharacterPictures character) : name_(std::move(character.name)) {
    ColourCounts counts(colour_bins, 0.0);
    double found = 0;
    for (const FrameRgb& display : character.pictures) {
        bool finite = true;
        const ReducedPicture picture =
            reduced(codes_of(display, finite), display.width, display.height);
        const std::vector<Oklab> colours = oklab_of(picture);
        const Mask mask = reference_mask(colours, picture.width, picture.height);
        references_.push_back(picture);
        for (std::size_t i = 0; i < colours.size(); ++i) {
            if (mask.set[i] == 0) continue;
            counts[colour_bin(colours[i])] += 1;
            add_to(reference_axes_, colours[i]);
            found += 1;
        }
    }
    normalise(reference_axes_);
    reference_ = softened(counts);
    if (found < 16) not_measured_ = "the reference picture shows nothing before its ground";
}

void SubjectMeter::preview(const ReducedPicture& picture) {
    if (!not_measured_) previews_.push_back(picture);
}

void SubjectMeter::learn() {
    has_learnt_ = true;
    if (not_measured_) return;
    ColourCounts counts(colour_bins, 0.0);
    for (const ReducedPicture& picture : previews_) {
        for (const Oklab& colour : oklab_of(picture)) counts[colour_bin(colour)] += 1;
    }
    const ColourCounts scene = softened(counts);
    const double share = share_of(reference_, scene);
    if (share < share_min) {
        is_missing_ = true;
        return;
    }
    is_own_.assign(colour_bins, 0);
    for (std::size_t bin = 0; bin < colour_bins; ++bin) {
        const bool is_reference = reference_[bin] > 1e-3;
        is_own_[bin] = is_reference && scene[bin] <= own_ratio * share * reference_[bin] ? 1 : 0;
    }
    learn_closing();
    std::vector<double> distances;
    std::vector<double> areas;
    std::vector<double> widths;
    std::vector<double> heights;
    for (const ReducedPicture& picture : previews_) {
        const std::vector<Oklab> colours = oklab_of(picture);
        const Mask own = mask_of(colours, picture.width, picture.height);
        // Of what is set a part is its pattern's, which closing brings back.
        const Mask mask = closed(own, radius_for(closing_, 1.5 * area_of(own)));
        std::vector<Region> regions = regions_of(mask, colours, 4);
        std::erase_if(regions, [&](const Region& region) {
            return distance_of(region.colours, reference_axes_) > own_colours;
        });
        if (regions.empty()) continue;
        distances.push_back(distance_of(regions[0].colours, reference_axes_));
        areas.push_back(regions[0].area);
        widths.push_back(regions[0].box.width());
        heights.push_back(regions[0].box.height());
    }
    own_colours_ = std::min(own_colours, median_of(std::move(distances)) + own_spread);
    usual_area_ = quantile_of(areas, 0.6);
    whole_area_ = quantile_of(areas, 0.9);
    usual_width_ = quantile_of(widths, 0.95);
    usual_height_ = quantile_of(heights, 0.95);
    const ReducedPicture& one = previews_.front();
    const double pixels = static_cast<double>(one.width) * one.height;
    if (usual_area_ > share_max * pixels || share > share_max) {
        not_measured_ = "its colours are those of the scene";
    }
    if (usual_area_ < share_min * pixels) is_missing_ = true;
    previews_.clear();
}

// As little as makes one piece of the character where it is known to be one: in its reference.
void SubjectMeter::learn_closing() {
    for (const ReducedPicture& picture : references_) {
        const std::vector<Oklab> colours = oklab_of(picture);
        const Mask own = mask_of(colours, picture.width, picture.height);
        const double whole = area_of(reference_mask(colours, picture.width, picture.height));
        double closing = 0;
        for (; closing < closing_largest; closing += closing_step) {
            const Mask mask = closed(own, radius_for(closing, whole));
            const std::vector<Region> regions = regions_of(mask, colours, 1);
            if (!regions.empty() && regions[0].area >= one_piece * area_of(mask)) break;
        }
        // In frames it is smaller and its edges are softer than in the reference.
        closing_ = std::max({closing_, closing + closing_margin, closing_least});
    }
    references_.clear();
}

Mask SubjectMeter::mask_of(const std::vector<Oklab>& colours, int width, int height) const {
    Mask mask{width, height, std::vector<std::uint8_t>(colours.size(), 0)};
    for (std::size_t i = 0; i < colours.size(); ++i) mask.set[i] = is_own_[colour_bin(colours[i])];
    return mask;
}

// Parts that lie together as closely as one character does are one: something stands before it.
int SubjectMeter::count_of(const std::vector<Region>& regions, SubjectFrame& frame) const {
    std::vector<RegionBox> boxes;
    for (const Region& region : regions) {
        bool is_part = false;
        for (RegionBox& box : boxes) {
            const RegionBox both = joined(box, region.box);
            if (both.width() <= whole_box * usual_width_ &&
                both.height() <= whole_box * usual_height_) {
                box = both;
                is_part = true;
                break;
            }
        }
        const bool is_alike = region.area >= second_share * usual_area_ &&
                              distance_of(region.colours, regions.front().colours) < double_colours;
        if (!is_part && (boxes.empty() || is_alike)) boxes.push_back(region.box);
    }
    if (!boxes.empty()) frame.box = boxes.front();
    return static_cast<int>(boxes.size());
}

int SubjectMeter::add(const ReducedPicture& picture) {
    if (!has_learnt_) learn();
    if (not_measured_ || is_missing_) return 0;
    const std::vector<Oklab> colours = oklab_of(picture);
    const Mask own = mask_of(colours, picture.width, picture.height);
    // It may have become larger than it was.
    const double area = std::clamp(1.5 * area_of(own), usual_area_, 4 * usual_area_);
    const Mask mask = closed(own, radius_for(closing_, area));
    std::vector<Region> regions = regions_of(mask, colours, region_share * usual_area_);
    std::erase_if(regions, [&](const Region& region) {
        return distance_of(region.colours, reference_axes_) > own_colours_;
    });
    SubjectFrame frame;
    frame.count = count_of(regions, frame);
    if (frame.count > 0) {
        last_box_ = frame.box;
        for (const Region& region : regions) frame.area += region.area;
        frame.at_edge = regions.front().at_edge;
        frame.colours = regions.front().colours;
        frame.outline = regions.front().outline;
    }
    frame.contrast = contrast_of(last_box_, colours, picture.width, picture.height);
    frames_.push_back(frame);
    return frame.count;
}

}  // namespace nightreel

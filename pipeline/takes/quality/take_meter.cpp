#include "pipeline/takes/quality/take_meter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pipeline/takes/quality/repeats.h"
#include "pipeline/takes/quality/seams.h"
#include "shotspec/base/check.h"

namespace nightreel {
namespace {

// Indices from 0 of those that lie behind the first frame.
std::vector<std::size_t> indices_of(const std::vector<std::int64_t>& numbers,
                                    const FrameRange& frames) {
    NIGHTREEL_CHECK(std::is_sorted(numbers.begin(), numbers.end()), "joints and cuts are in order");
    std::vector<std::size_t> indices;
    for (const std::int64_t number : numbers) {
        if (number > frames.first && number <= frames.last) {
            indices.push_back(static_cast<std::size_t>(number - frames.first));
        }
    }
    return indices;
}

TakeShape shape_of(const MeteredTake& take) {
    return {static_cast<std::size_t>(std::max<std::int64_t>(take.frames.count(), 0)),
            indices_of(take.joints, take.frames),
            indices_of(take.cuts, take.frames),
            take.changes_scene};
}

Thumb thumb_of(const Tiles& tiles) {
    Thumb thumb;
    for (std::size_t i = 0; i < thumb.size(); ++i) {
        thumb[i] = static_cast<std::uint8_t>(std::lround(tiles[i / 3][i % 3]));
    }
    return thumb;
}

}  // namespace

std::vector<std::int64_t> frames_to_preview(const FrameRange& frames) {
    std::vector<std::int64_t> numbers;
    const std::int64_t count = std::min(preview_frames, frames.count());
    for (std::int64_t k = 0; k < count; ++k) {
        numbers.push_back(frames.first + k * frames.count() / count);
    }
    return numbers;
}

TakeMeter::TakeMeter(MeteredTake take)
    : first_frame_(take.frames.first), shape_(shape_of(take)), drifts_(shape_) {
    series_.first = first_frame_;
    for (CharacterPictures& character : take.characters) {
        subjects_.emplace_back(std::move(character));
    }
}

void TakeMeter::preview(const FrameRgb& display) {
    bool finite = true;
    const ReducedPicture picture =
        reduced(codes_of(display, finite), display.width, display.height);
    for (SubjectMeter& subject : subjects_) subject.preview(picture);
}

void TakeMeter::add(const FrameRgb& display) {
    NIGHTREEL_CHECK(!display.rgb.empty() && display.rgb.size() % 3 == 0, "a frame has pixels");
    NIGHTREEL_CHECK(previous_.empty() || previous_.size() == display.rgb.size(),
                    "frames of a take have one size");
    bool finite = true;
    std::vector<std::uint8_t> codes = codes_of(display, finite);
    FrameFigures figures = figures_of(codes, display.width, display.height);
    figures.broken = !finite;
    ReducedPicture picture = reduced(codes, display.width, display.height);
    const Tiles tiles = tiles_of(picture);
    const bool is_first = previous_.empty();
    series_.difference.push_back(is_first ? 0 : difference_of(codes, previous_));
    series_.acceleration.push_back(
        reduced_.size() < 2 ? 0 : acceleration_of(picture, reduced_[1], reduced_[0]));
    series_.widespread.push_back(is_first ? 0 : widespread_difference(picture, reduced_.back()));
    series_.steps.push_back(is_first ? std::array<double, 3>{} : common_step(tiles_, tiles));
    series_.red.push_back(figures.mean[0]);
    series_.green.push_back(figures.mean[1]);
    series_.blue.push_back(figures.mean[2]);
    series_.brightness.push_back(figures.brightness);
    series_.contrast.push_back(figures.contrast);
    series_.sharpness.push_back(figures.sharpness);
    series_.thumbs.push_back(thumb_of(tiles));
    series_.black.push_back(finite && figures.black);
    series_.broken.push_back(!finite);
    drifts_.add(figures, tiles);
    double seen = 0;
    for (SubjectMeter& subject : subjects_) seen += subject.add(picture);
    if (!subjects_.empty()) series_.characters.push_back(seen);
    previous_ = std::move(codes);
    tiles_ = tiles;
    if (reduced_.size() == 2) reduced_.erase(reduced_.begin());
    reduced_.push_back(std::move(picture));
}

TakeMetrics TakeMeter::finish() const {
    TakeMetrics metrics;
    metrics.frames = static_cast<std::int64_t>(series_.frames());
    TakeShape shape = shape_;
    shape.frames = series_.frames();
    measure_seams(series_, shape, metrics);
    metrics.drift = end_drift();
    drifts_.finish(first_frame_, metrics);
    measure_flicker(series_, shape, metrics);
    measure_freezes(series_, shape, metrics);
    measure_returns(series_, shape, metrics);
    measure_lost_frames(series_, metrics);
    for (const SubjectMeter& subject : subjects_) {
        subject.finish(first_frame_, shape, metrics);
    }
    return metrics;
}

double TakeMeter::end_drift() const {
    const std::size_t frames = series_.frames();
    if (frames < 2) return 0;
    const auto share = static_cast<std::size_t>(
        std::max(1.0, std::floor(drift_share * static_cast<double>(frames))));
    double largest = 0;
    for (const auto* channel : {&series_.red, &series_.green, &series_.blue}) {
        double change = 0;
        for (std::size_t i = 0; i < share; ++i) {
            change += (*channel)[frames - 1 - i] - (*channel)[i];
        }
        largest = std::max(largest, std::abs(change) / static_cast<double>(share));
    }
    return largest;
}

}  // namespace nightreel

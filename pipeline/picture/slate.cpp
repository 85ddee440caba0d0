#include "pipeline/picture/slate.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "pipeline/picture/colour/timecode.h"
#include "pipeline/picture/frame_name.h"

namespace nightreel {
namespace {

// Not pure white: review rooms are dark, and Netflix asks for less.
constexpr Colour text_colour = {0.80F, 0.80F, 0.80F};
constexpr Colour label_colour = {0.48F, 0.48F, 0.48F};
constexpr Colour slate_ground = {0.08F, 0.08F, 0.09F};
constexpr float burn_in_opacity = 0.95F;
constexpr float burn_in_ground = 0.7F;  // how much darker than the picture
constexpr const char* movie_colour = "sRGB, Rec.709 primaries";

using Line = std::pair<std::string, std::string>;

std::string rate_text(FrameRate rate) {
    if (rate.denominator == 1) return fmt::format("{}", rate.numerator);
    return fmt::format("{:.3f} ({}/{})", rate.per_second(), rate.numerator, rate.denominator);
}

std::string duration_text(const SlateFacts& facts) {
    const std::int64_t count = facts.frames.count();
    return fmt::format("{} ({})", count, text_of(timecode_of(count, facts.rate)));
}

std::string range_text(const FrameRange& frames) {
    return fmt::format("{}-{}", frame_text(frames.first, frames), frame_text(frames.last, frames));
}

bool is_handle(const SlateFacts& facts, std::int64_t frame) {
    return frame < facts.cut.first || frame > facts.cut.last;
}

// "1009-1096, handles 8 and 8"
std::string cut_text(const SlateFacts& facts) {
    return fmt::format("{}, handles {} and {}",
                       range_text(facts.cut),
                       facts.cut.first - facts.frames.first,
                       facts.frames.last - facts.cut.last);
}

std::vector<Line> lines_of(const SlateFacts& facts) {
    return {{"show", facts.show},
            {"shot", facts.shot},
            {"version", fmt::format("v{:03}", facts.version)},
            {"take", fmt::format("{:02}", facts.take)},
            {"frames", range_text(facts.frames)},
            {"cut", cut_text(facts)},
            {"duration", duration_text(facts)},
            {"rate", rate_text(facts.rate) + " fps"},
            {"size", fmt::format("{}x{}", facts.size.width, facts.size.height)},
            {"model", facts.model},
            {"seed", fmt::format("{}", facts.seed)},
            {"movie colour", movie_colour},
            {"frames colour", facts.colour},
            {"submitting for", facts.submitting_for},
            {"origin", "AI-GENERATED"}};
}

// A label with a darkened ground, so that it can be read on any picture.
void label(
    TextPainter& painter, FrameRgb& picture, const std::string& text, int x, int y, int size) {
    const int margin = size / 4;
    shade(picture,
          {x - margin,
           y - margin / 2,
           painter.width_of(text, size) + 2 * margin,
           size * 5 / 4 + margin},
          {0, 0, 0},
          burn_in_ground);
    painter.draw(picture, text, x, y, {size, text_colour, burn_in_opacity});
}

}  // namespace

std::string frames_text(const SlateFacts& facts) {
    return fmt::format("{} ({} frames, {})   cut {}   seed {}",
                       range_text(facts.frames),
                       facts.frames.count(),
                       text_of(timecode_of(facts.frames.count(), facts.rate)),
                       cut_text(facts),
                       facts.seed);
}

FrameRgb make_slate(TextPainter& painter,
                    const SlateFacts& facts,
                    const FrameRgb& thumbnail,
                    int width,
                    int height) {
    FrameRgb slate = filled(width, height, slate_ground);
    const std::vector<Line> lines = lines_of(facts);
    const int margin = std::max(4, std::min(width, height) / 16);
    const bool wide = width >= height;  // a tall picture has its thumbnail below the words
    const int words_width = wide ? width * 3 / 5 - margin : width - 2 * margin;
    const int words_height = wide ? height - 2 * margin : height * 3 / 5 - margin;
    const int step = words_height / static_cast<int>(lines.size() + 2);  // the title takes two

    const int title_size = painter.size_that_fits(facts.shot, step * 4 / 3, words_width);
    painter.draw(slate, facts.shot, margin, margin, {title_size, text_colour});
    const int size = step * 2 / 3;
    const int column = margin + painter.width_of("submitting for", size) + size;
    int y = margin + 2 * step;
    for (const auto& [name, value] : lines) {
        painter.draw(slate, name, margin, y, {size, label_colour});
        const int fits = painter.size_that_fits(value, size, margin + words_width - column);
        painter.draw(slate, value, column, y, {fits, text_colour});
        y += step;
    }
    const int picture_width = wide ? width * 2 / 5 - margin : width - 2 * margin;
    const int picture_height = wide ? height - 2 * margin : height * 2 / 5 - 2 * margin;
    const FrameRgb small = fitted(thumbnail, picture_width, picture_height);
    paste(slate,
          small,
          width - margin - small.width,
          wide ? (height - small.height) / 2 : height - margin - small.height);
    return slate;
}

void burn_in(TextPainter& painter, FrameRgb& picture, const SlateFacts& facts, std::int64_t frame) {
    const std::string take = fmt::format("v{:03} take {:02}", facts.version, facts.take);
    const std::string number = fmt::format("{}  {}{}",
                                           text_of(timecode_of(frame, facts.rate)),
                                           is_handle(facts, frame) ? "HANDLE  " : "",
                                           frame_text(frame, facts.frames));
    const std::string origin = "AI-GENERATED";
    const int margin = std::max(4, picture.height / 36);
    // Letters are of one size in all frames, those of handles have the longest line.
    int size = std::max(8, picture.height / 24);
    for (const std::string& line : {facts.shot + "   " + take,
                                    fmt::format("{}   00:00:00:00  HANDLE  {}",
                                                origin,
                                                frame_text(facts.frames.last, facts.frames))}) {
        size = painter.size_that_fits(line, size, picture.width - 3 * margin);
    }
    const int bottom = picture.height - margin - size * 5 / 4;
    const auto right = [&](const std::string& text) {
        return picture.width - margin - painter.width_of(text, size);
    };
    label(painter, picture, facts.shot, margin, margin, size);
    label(painter, picture, take, right(take), margin, size);
    label(painter, picture, origin, margin, bottom, size);
    label(painter, picture, number, right(number), bottom, size);
}

}  // namespace nightreel

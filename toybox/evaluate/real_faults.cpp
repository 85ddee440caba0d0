#include "toybox/evaluate/real_faults.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "toybox/detect/actor_mask.h"

namespace nightreel::toybox {
namespace {

constexpr std::int64_t shown_frames = 8;
constexpr std::int64_t found_frames = 16;
constexpr double rim = 3;  // pixels around a character that its picture reaches into
constexpr double resize = 1.5;

using Pixel = std::array<float, 3>;

Pixel pixel_of(const FrameRgb& frame, int x, int y) {
    const int column = std::clamp(x, 0, frame.width - 1);
    const int row = std::clamp(y, 0, frame.height - 1);
    const float* rgb = &frame.rgb[static_cast<std::size_t>((row * frame.width + column) * 3)];
    return {rgb[0], rgb[1], rgb[2]};
}

void put(FrameRgb& frame, int x, int y, const Pixel& pixel) {
    if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) return;
    std::copy(pixel.begin(),
              pixel.end(),
              frame.rgb.begin() + static_cast<std::ptrdiff_t>((y * frame.width + x) * 3));
}

Pixel mixed(const Pixel& a, const Pixel& b, float share) {
    Pixel result;
    for (std::size_t c = 0; c < 3; ++c) result[c] = a[c] + share * (b[c] - a[c]);
    return result;
}

struct Area {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
};

Area area_of(const Sighting& place) {
    return {static_cast<int>(std::floor(place.x - place.width / 2 - rim)),
            static_cast<int>(std::floor(place.bottom - place.height - rim)),
            static_cast<int>(std::ceil(place.x + place.width / 2 + rim)),
            static_cast<int>(std::ceil(place.bottom + rim))};
}

// What would be seen without the character: from one side of it to the other, row by row.
Pixel behind(const FrameRgb& frame, const Area& area, int x, int y) {
    const float share =
        static_cast<float>(x - area.left + 1) / static_cast<float>(area.right - area.left + 2);
    return mixed(pixel_of(frame, area.left - 1, y), pixel_of(frame, area.right + 1, y), share);
}

template <class Use>
void for_each_pixel(const Area& area, const Use& use) {
    for (int y = area.top; y <= area.bottom; ++y) {
        for (int x = area.left; x <= area.right; ++x) use(x, y);
    }
}

void erase(FrameRgb& frame, const Sighting& place) {
    const FrameRgb from = frame;
    const Area area = area_of(place);
    for_each_pixel(area, [&](int x, int y) { put(frame, x, y, behind(from, area, x, y)); });
}

// Draws the character that `from` shows at `place` so that its foot stands at (x, bottom).
void draw(FrameRgb& frame,
          const FrameRgb& from,
          const Sighting& place,
          double x,
          double bottom,
          double factor) {
    constexpr float seen_difference = 0.12F;
    const Area area = area_of(place);
    const Area target{static_cast<int>(std::floor(x - (place.x - area.left) * factor)),
                      static_cast<int>(std::floor(bottom - (place.bottom - area.top) * factor)),
                      static_cast<int>(std::ceil(x + (area.right - place.x) * factor)),
                      static_cast<int>(std::ceil(bottom + (area.bottom - place.bottom) * factor))};
    for_each_pixel(target, [&](int to_x, int to_y) {
        const int at_x = static_cast<int>(std::lround(place.x + (to_x - x) / factor));
        const int at_y = static_cast<int>(std::lround(place.bottom + (to_y - bottom) / factor));
        if (at_x < area.left || at_x > area.right || at_y < area.top || at_y > area.bottom) return;
        const Pixel own = pixel_of(from, at_x, at_y);
        const Pixel ground = behind(from, area, at_x, at_y);
        float difference = 0;
        for (std::size_t c = 0; c < 3; ++c) {
            difference = std::max(difference, std::abs(own[c] - ground[c]));
        }
        const float share = std::min(difference / seen_difference, 1.0F);
        put(frame, to_x, to_y, mixed(pixel_of(frame, to_x, to_y), own, share));
    });
}

void recolour(FrameRgb& frame, const Sighting& place, Colour was, Colour becomes) {
    Frame codes;
    for (std::size_t i = 0; i < codes.rgb.size(); ++i) {
        codes.rgb[i] =
            static_cast<std::uint8_t>(std::lround(std::clamp(frame.rgb[i], 0.0F, 1.0F) * 255.0F));
    }
    const ActorMask mask = actor_mask(codes);
    const Rgb old_rgb = rgb_of(was);
    const Rgb new_rgb = rgb_of(becomes);
    const Pixel step{(new_rgb.red - old_rgb.red) / 255,
                     (new_rgb.green - old_rgb.green) / 255,
                     (new_rgb.blue - old_rgb.blue) / 255};
    for_each_pixel(area_of(place), [&](int x, int y) {
        if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) return;
        const auto weight = static_cast<float>(mask.weight_as(was, mask.weight.index(x, y)));
        Pixel pixel = pixel_of(frame, x, y);
        for (std::size_t c = 0; c < 3; ++c) {
            pixel[c] = std::clamp(pixel[c] + weight * step[c], 0.0F, 1.0F);
        }
        put(frame, x, y, pixel);
    });
}

bool is_whole(const Places& places, std::int64_t begin, std::int64_t end) {
    return begin >= 0 && end <= std::ssize(places) &&
           std::all_of(places.begin() + begin, places.begin() + end, [](const auto& place) {
               return place.has_value();
           });
}

// Beside it, where the second one is whole in the picture too.
std::optional<double> beside(const Places& places,
                             std::int64_t begin,
                             std::int64_t end,
                             Dice& dice) {
    double widest = 0;
    double left = frame_width;
    double right = 0;
    for (std::int64_t f = begin; f < end; ++f) {
        const Sighting& place = *places[static_cast<std::size_t>(f)];
        widest = std::max(widest, place.width);
        left = std::min(left, place.x);
        right = std::max(right, place.x);
    }
    const double away = widest + 8;
    const double margin = widest / 2 + 2;
    std::vector<double> possible;
    if (left - away > margin) possible.push_back(-away);
    if (right + away < frame_width - margin) possible.push_back(away);
    if (possible.empty()) return std::nullopt;
    return possible[dice.below(possible.size())];
}

enum class Look { colour, larger, smaller, other };

Look look_for_change(const SeenTake& seen, const SeenTake& other, Dice& dice) {
    const Actor& actor = seen.take.actor;
    const bool can_be_other =
        other.take.actor.shape != actor.shape && other.take.actor.colour != actor.colour;
    if (can_be_other && dice.chance(1.0 / 3)) return Look::other;
    if (dice.chance(0.5)) return Look::colour;
    return actor.size == Size::small ? Look::larger : Look::smaller;
}

// The first place at which the other character is seen from its broad side.
const Sighting& broad_place(const Places& places) {
    const auto width = [](const std::optional<Sighting>& place) {
        return place ? place->width : 0.0;
    };
    return **std::max_element(places.begin(), places.end(), [&](const auto& a, const auto& b) {
        return width(a) < width(b);
    });
}

}  // namespace

std::optional<MadeTake> with_actor_fault(const SeenTake& seen,
                                         MadeFault fault,
                                         const SeenTake& other,
                                         Dice& dice) {
    std::vector<std::int64_t> suit;
    for (std::int64_t at = shown_frames; at + shown_frames <= std::ssize(seen.places); ++at) {
        if (is_whole(seen.places, at - shown_frames, at + shown_frames)) suit.push_back(at);
    }
    if (suit.empty()) return std::nullopt;
    const std::int64_t at = suit[dice.below(suit.size())];
    const auto shift = beside(seen.places, at, at + shown_frames, dice);
    if (fault == MadeFault::doubles && !shift) return std::nullopt;
    const Look look = look_for_change(seen, other, dice);
    const auto was = seen.take.actor.colour;
    const auto becomes = static_cast<Colour>(
        (index_of(was) + 1 + dice.below(count_of<Colour> - 1)) % count_of<Colour>);
    const Sighting& model = broad_place(other.places);
    const FrameRgb& model_frame = other.take.frames[static_cast<std::size_t>(model.frame)];
    MadeTake take = seen.take;
    for (std::size_t f = static_cast<std::size_t>(at); f < take.frames.size(); ++f) {
        // It is gone or another one for as long as it is seen; then the take ends.
        if (!seen.places[f]) {
            take.frames.resize(f);
            break;
        }
        const Sighting& place = *seen.places[f];
        FrameRgb& frame = take.frames[f];
        const FrameRgb from = frame;
        if (fault == MadeFault::doubles) {
            draw(frame, from, place, place.x + *shift, place.bottom, 1);
        } else if (fault == MadeFault::changes && look == Look::colour) {
            recolour(frame, place, was, becomes);
        } else {
            erase(frame, place);
            if (fault == MadeFault::leaves) continue;
            if (look == Look::other) {
                draw(frame, model_frame, model, place.x, place.bottom, place.height / model.height);
            } else {
                draw(frame,
                     from,
                     place,
                     place.x,
                     place.bottom,
                     look == Look::larger ? resize : 1 / resize);
            }
        }
    }
    std::erase_if(take.joints,
                  [&](std::int64_t joint) { return joint >= std::ssize(take.frames); });
    take.fault = {at, std::min(at + found_frames, std::ssize(take.frames)) - 1};
    return take;
}

}  // namespace nightreel::toybox

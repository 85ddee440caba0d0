#include "shotspec/describe/text_form.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/hex.h"

namespace nightreel {
namespace {

// Digits alone: no sign, no blank.
template <class Integer>
std::optional<Integer> read_digits(std::string_view digits) {
    if (digits.empty() || digits.front() < '0' || digits.front() > '9') return {};
    Integer value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return {};
    return value;
}

// What stands before and after the only `mark`.
std::optional<std::pair<std::string_view, std::string_view>> split_at(std::string_view word,
                                                                      char mark) {
    const std::size_t at = word.find(mark);
    if (at == std::string_view::npos) return {};
    return std::pair{word.substr(0, at), word.substr(at + 1)};
}

// "2.5" as 2,500,000.
std::optional<std::int64_t> read_micros(std::string_view number) {
    constexpr std::size_t decimals_max = 6;
    std::string_view whole = number;
    std::string decimals;
    if (const auto parts = split_at(number, '.')) {
        whole = parts->first;
        decimals = parts->second;
        if (decimals.empty() || decimals.size() > decimals_max) return {};
    }
    decimals.resize(decimals_max, '0');
    const auto seconds = read_digits<std::int64_t>(whole);
    const auto micros = read_digits<std::int64_t>(decimals);
    if (!seconds || !micros || *seconds > length_seconds_max) return {};
    return *seconds * 1'000'000 + *micros;
}

constexpr auto byte_units = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"TiB", std::int64_t{1} << 40},
    {"GiB", std::int64_t{1} << 30},
    {"MiB", std::int64_t{1} << 20},
    {"KiB", std::int64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"KB", 1'000},
    {"B", 1},
});

// "ms" before "s": the first unit that the word ends with counts.
constexpr auto time_units = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"ms", 1},
    {"min", 60'000},
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"s", 1'000},
});

// "12GiB" as 12 of the unit's worth.
template <std::size_t Count>
std::optional<std::int64_t> read_amount(
    std::string_view word,
    const std::array<std::pair<std::string_view, std::int64_t>, Count>& units) {
    for (const auto& [unit, worth] : units) {
        if (!word.ends_with(unit)) continue;
        const auto count = read_digits<std::int64_t>(word.substr(0, word.size() - unit.size()));
        if (!count || *count > std::numeric_limits<std::int64_t>::max() / worth) return {};
        return *count * worth;
    }
    return {};
}

// A decimal number that people write with a point or a comma.
struct Decimal {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;  // a power of ten

    double value() const {
        return static_cast<double>(numerator) / static_cast<double>(denominator);
    }
};

std::optional<Decimal> read_decimal(std::string_view word) {
    constexpr std::size_t decimals_max = 6;
    const std::size_t point = word.find_first_of(".,");
    if (point == std::string_view::npos) return {};
    std::string_view decimals = word.substr(point + 1);
    if (decimals.size() > decimals_max) return {};
    const auto whole = read_digits<std::int32_t>(word.substr(0, point));
    const auto part = read_digits<std::int64_t>(decimals);
    if (!whole || !part) return {};
    Decimal decimal{*whole};
    for (std::size_t i = 0; i < decimals.size(); ++i) {
        decimal.numerator *= 10;
        decimal.denominator *= 10;
    }
    decimal.numerator += *part;
    return decimal;
}

// The word in one form of all the ways in which people write what stands between two numbers.
std::string with_mark(std::string_view word,
                      std::span<const std::string_view> marks,
                      std::string_view mark) {
    std::string text;
    for (std::size_t at = 0; at < word.size();) {
        if (word[at] == ' ') {
            ++at;
            continue;
        }
        const auto found = std::ranges::find_if(
            marks, [&](std::string_view other) { return word.substr(at).starts_with(other); });
        text += found == marks.end() ? word.substr(at, 1) : mark;
        at += found == marks.end() ? 1 : found->size();
    }
    return text;
}

}  // namespace

std::optional<Length> TextForm<Length>::read(std::string_view word) {
    if (word.size() < 2) return {};
    const std::string_view number = word.substr(0, word.size() - 1);
    if (word.back() == 's') {
        const auto micros = read_micros(number);
        if (!micros) return {};
        return Length{LengthUnit::microseconds, *micros};
    }
    if (word.back() != 'f') return {};
    const auto frames = read_digits<std::int64_t>(number);
    if (!frames) return {};
    return Length{LengthUnit::frames, *frames};
}

std::string TextForm<Length>::write(const Length& value) {
    if (value.unit == LengthUnit::frames) return fmt::format("{}f", value.amount);
    std::string text = fmt::format("{}", value.amount / 1'000'000);
    if (value.amount % 1'000'000 != 0) {
        text += fmt::format(".{:06}", value.amount % 1'000'000);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + "s";
}

std::string TextForm<Length>::remedy(std::string_view word) {
    const auto frames = read_digits<std::int64_t>(word);
    if (frames) return fmt::format("{0} has no unit: write {0}s (seconds) or {0}f (frames)", word);
    if (read_micros(word)) return fmt::format("{0} has no unit: write {0}s for seconds", word);
    constexpr auto units = std::to_array<std::pair<std::string_view, char>>({{"seconds", 's'},
                                                                             {"sec", 's'},
                                                                             {"S", 's'},
                                                                             {"s", 's'},
                                                                             {"frames", 'f'},
                                                                             {"F", 'f'},
                                                                             {"f", 'f'}});
    for (const auto& [unit, letter] : units) {
        if (!word.ends_with(unit)) continue;
        const auto length =
            read(with_mark(word.substr(0, word.size() - unit.size()), {}, {}) + letter);
        if (length) return fmt::format("{} is no length: write {}", word, write(*length));
    }
    return {};
}

std::optional<PictureSize> TextForm<PictureSize>::read(std::string_view word) {
    const auto sides = split_at(word, 'x');
    if (!sides) return {};
    const auto width = read_digits<std::int32_t>(sides->first);
    const auto height = read_digits<std::int32_t>(sides->second);
    if (!width || !height || *width < 1 || *height < 1) return {};
    return PictureSize{*width, *height};
}

std::string TextForm<PictureSize>::write(const PictureSize& value) {
    return fmt::format("{}x{}", value.width, value.height);
}

std::string TextForm<PictureSize>::remedy(std::string_view word) {
    constexpr auto marks = std::to_array<std::string_view>({"X", "*", "by", ",", "\xC3\x97"});
    const auto size = read(with_mark(word, marks, "x"));
    return size ? fmt::format("{} is no size: write {}", word, write(*size)) : std::string();
}

std::optional<FrameRate> TextForm<FrameRate>::read(std::string_view word) {
    const std::size_t point = word.find('.');
    const bool is_whole = point < word.size() - 1 && word.find('/') == std::string_view::npos &&
                          word.find_first_not_of('0', point + 1) == std::string_view::npos;
    if (is_whole) word = word.substr(0, point);  // "24.0"
    const auto parts = split_at(word, '/').value_or(std::pair{word, std::string_view("1")});
    const auto numerator = read_digits<std::int32_t>(parts.first);
    const auto denominator = read_digits<std::int32_t>(parts.second);
    const auto is_legal = [](std::optional<std::int32_t> part) {
        return part && *part >= 1 && *part <= frame_rate_part_max;
    };
    if (!is_legal(numerator) || !is_legal(denominator)) return {};
    return FrameRate{*numerator, *denominator};
}

std::string TextForm<FrameRate>::write(const FrameRate& value) {
    if (value.denominator == 1) return fmt::format("{}", value.numerator);
    return fmt::format("{}/{}", value.numerator, value.denominator);
}

std::string TextForm<FrameRate>::remedy(std::string_view word) {
    for (const std::string_view unit : {"fps", "FPS", "p", "Hz"}) {
        if (!word.ends_with(unit)) continue;
        const std::string number = with_mark(word.substr(0, word.size() - unit.size()), {}, {});
        const auto rate = read(number);
        if (rate) return fmt::format("{} has a unit: write {}", word, write(*rate));
        return remedy(number);
    }
    const auto decimal = read_decimal(word);
    if (!decimal) return {};
    // 23.976, 23.98 and 23.97 are all meant as the rate of video beside 24.
    constexpr double rounding_max = 0.0075;
    const double beside = std::round(decimal->value() * 1.001);
    const bool is_video = decimal->numerator % decimal->denominator != 0 &&
                          std::abs(decimal->value() - beside / 1.001) < rounding_max;
    const std::int64_t divisor = std::gcd(decimal->numerator, decimal->denominator);
    const std::string text =
        is_video
            ? fmt::format("{:.0f}000/1001", beside)
            : fmt::format("{}/{}", decimal->numerator / divisor, decimal->denominator / divisor);
    if (!read(text)) return {};
    const std::string_view problem = is_video ? "not exact" : "no whole number";
    return fmt::format("{} is {}: write {}", word, problem, write(*read(text)));
}

std::optional<FrameRange> TextForm<FrameRange>::read(std::string_view word) {
    const auto ends = split_at(word, '-');
    if (!ends) return {};
    const auto first = read_digits<std::int64_t>(ends->first);
    const auto last = read_digits<std::int64_t>(ends->second);
    if (!first || !last || *first > *last) return {};
    return FrameRange{*first, *last};
}

std::string TextForm<FrameRange>::write(const FrameRange& value) {
    return fmt::format("{}-{}", value.first, value.last);
}

std::string TextForm<FrameRange>::remedy(std::string_view word) {
    constexpr auto marks = std::to_array<std::string_view>(
        {"...", "..", "to", ":", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\xA6"});
    const std::string text = with_mark(word, marks, "-");
    const auto range = read(text);
    if (range) return fmt::format("{} is no range: write {}", word, write(*range));
    const auto ends = split_at(text, '-');
    if (!ends) return {};
    const auto first = read_digits<std::int64_t>(ends->first);
    const auto last = read_digits<std::int64_t>(ends->second);
    if (!first || !last) return {};
    return fmt::format("{} ends before it begins: write {}-{}", word, *last, *first);
}

std::optional<ByteCount> TextForm<ByteCount>::read(std::string_view word) {
    const auto bytes = read_amount(word, byte_units);
    if (!bytes) return {};
    return ByteCount{*bytes};
}

std::string TextForm<ByteCount>::write(const ByteCount& value) {
    std::int64_t fewest = value.bytes;
    std::string_view fewest_of = "B";
    for (const auto& [unit, bytes] : byte_units) {
        if (value.bytes % bytes != 0 || value.bytes / bytes >= fewest) continue;
        fewest = value.bytes / bytes;
        fewest_of = unit;
    }
    return fmt::format("{}{}", fewest, fewest_of);
}

std::optional<Millis> TextForm<Millis>::read(std::string_view word) {
    const auto millis = read_amount(word, time_units);
    if (!millis) return {};
    return Millis{*millis};
}

std::string TextForm<Millis>::write(const Millis& value) {
    for (const auto& [unit, millis] :
         {time_units[2], time_units[3], time_units[1], time_units[4]}) {
        if (value.count() != 0 && value.count() % millis == 0) {
            return fmt::format("{}{}", value.count() / millis, unit);
        }
    }
    return fmt::format("{}ms", value.count());
}

std::optional<Digest> TextForm<Digest>::read(std::string_view word) {
    Digest digest;
    if (!read_hex(word, digest.bytes)) return {};
    return digest;
}

std::string TextForm<Digest>::write(const Digest& value) {
    return value.hex();
}

}  // namespace nightreel

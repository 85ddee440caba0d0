#include "shotspec/describe/text_form.h"

#include <array>
#include <charconv>
#include <limits>
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

std::optional<FrameRate> TextForm<FrameRate>::read(std::string_view word) {
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

#pragma once
// Values that a person writes as one word with its unit: 8s, 192f, 96x64, 1001-1192, 12GiB. A form
// says how a word is read, what is accepted (for messages and the reference page) and its JSON
// Schema. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/units.h"

namespace nightreel {

// Specialised per type, with
//   static constexpr std::string_view accepted;     // "a length such as 8s or 192f"
//   static constexpr std::string_view json_schema;  // of the word as it stands in YAML
//   static std::optional<T> read(std::string_view word);
//   static std::string write(const T&);
// read() takes what write() wrote. A form that people often write otherwise has also
//   static std::string remedy(std::string_view word);
// the sentence for a word that read() refused ("23.976 is not exact: write 24000/1001"); empty when
// it is not known what was meant.
template <class T>
struct TextForm;

template <class T>
concept HasTextForm = requires(std::string_view word) {
    TextForm<T>::read(word);
};

template <class T>
concept HasRemedy = requires(std::string_view word) {
    TextForm<T>::remedy(word);
};

template <>
struct TextForm<Length> {
    static constexpr std::string_view accepted = "a length such as 8s (seconds) or 192f (frames)";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+(\\.[0-9]{1,6})?s$|^[0-9]+f$"})";
    static std::optional<Length> read(std::string_view word);
    static std::string write(const Length& value);
    static std::string remedy(std::string_view word);
};

template <>
struct TextForm<PictureSize> {
    static constexpr std::string_view accepted = "a size in pixels such as 1280x720";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[1-9][0-9]*x[1-9][0-9]*$"})";
    static std::optional<PictureSize> read(std::string_view word);
    static std::string write(const PictureSize& value);
    static std::string remedy(std::string_view word);
};

template <>
struct TextForm<FrameRate> {
    static constexpr std::string_view accepted =
        "frames per second as an integer or a fraction, such as 24 or 24000/1001";
    static constexpr std::string_view json_schema =
        R"({"anyOf":[{"type":"integer","minimum":1},)"
        R"({"type":"string","pattern":"^[1-9][0-9]*(\\.0+|/[1-9][0-9]*)?$"}]})";
    static std::optional<FrameRate> read(std::string_view word);
    static std::string write(const FrameRate& value);
    static std::string remedy(std::string_view word);
};

template <>
struct TextForm<FrameRange> {
    static constexpr std::string_view accepted =
        "first and last frame number, both included, such as 1001-1192";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+-[0-9]+$"})";
    static std::optional<FrameRange> read(std::string_view word);
    static std::string write(const FrameRange& value);
    static std::string remedy(std::string_view word);
};

template <>
struct TextForm<ByteCount> {
    static constexpr std::string_view accepted = "a number of bytes such as 12GiB, 512MiB or 4GB";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+(B|[KMGT]i?B)$"})";
    static std::optional<ByteCount> read(std::string_view word);
    static std::string write(const ByteCount& value);
};

template <>
struct TextForm<Millis> {
    static constexpr std::string_view accepted = "a time such as 60s, 15min or 4h";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9]+(ms|s|min|h|d)$"})";
    static std::optional<Millis> read(std::string_view word);
    static std::string write(const Millis& value);
};

template <>
struct TextForm<Digest> {
    static constexpr std::string_view accepted =
        "a SHA-256 digest of 64 hexadecimal digits (0-9, a-f)";
    static constexpr std::string_view json_schema =
        R"({"type":"string","pattern":"^[0-9a-f]{64}$"})";
    static std::optional<Digest> read(std::string_view word);
    static std::string write(const Digest& value);
};

}  // namespace nightreel

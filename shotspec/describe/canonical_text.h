#pragma once
// The text that digests of described values are taken of: fields in their described order, those
// marked in_digest = false and absent ones left out: what is added later changes no digest of those
// who do not use it. Written straight into one string, because a large night takes
// a hundred thousand digests. Pure, any thread.

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/log.h"
#include "shotspec/describe/fields.h"

namespace nightreel {
namespace canonical {

template <class T>
void append(std::string& text, const T& value);
template <class T>
void append(std::string& text, const std::vector<T>& values);
template <class T>
void append(std::string& text, const std::map<std::string, T>& values);

template <class T>
struct Present {
    static constexpr const T* value_of(const T& value) { return &value; }
};

template <class T>
struct Present<std::optional<T>> {
    static constexpr const T* value_of(const std::optional<T>& value) {
        return value ? &*value : nullptr;
    }
};

struct Writer {
    std::string& text;

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo& info) {
        const auto* const present = Present<T>::value_of(value);
        if (!info.in_digest || present == nullptr) return;
        if (text.back() != '{') text.push_back(',');
        text.push_back('"');
        text += name;
        text += "\":";
        append(text, *present);
    }
};

template <class T>
void append(std::string& text, const std::vector<T>& values) {
    text.push_back('[');
    for (const T& value : values) {
        if (&value != values.data()) text.push_back(',');
        append(text, value);
    }
    text.push_back(']');
}

template <class T>
void append(std::string& text, const std::map<std::string, T>& values) {
    text.push_back('{');
    for (const auto& [key, value] : values) {
        if (text.back() != '{') text.push_back(',');
        text += json_quoted(key);
        text.push_back(':');
        append(text, value);
    }
    text.push_back('}');
}

template <class T>
void append(std::string& text, const T& value) {
    if constexpr (std::is_same_v<T, Digest>) {
        fmt::format_to(std::back_inserter(text), "\"{}\"", value.empty() ? "" : value.hex());
    } else if constexpr (DescribedEnum<T>) {
        fmt::format_to(std::back_inserter(text), "\"{}\"", word_of(value));
    } else if constexpr (Described<T>) {
        text.push_back('{');
        Writer writer{text};
        describe(const_cast<T&>(value), writer);  // a writer only reads; describe serves both ways
        text.push_back('}');
    } else if constexpr (std::is_same_v<T, Millis>) {
        fmt::format_to(std::back_inserter(text), "{}", value.count());
    } else if constexpr (std::is_arithmetic_v<T>) {
        fmt::format_to(std::back_inserter(text), "{}", value);
    } else {
        text += json_quoted(value);
    }
}

}  // namespace canonical

template <class T>
std::string canonical_text(const T& value) {
    std::string text;
    canonical::append(text, value);
    return text;
}

}  // namespace nightreel

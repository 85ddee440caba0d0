#pragma once
// Described types as JSON, both ways; with them comes the text that digests are taken of.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shotspec/base/digest.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/canonical_text.h"
#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/describe/units.h"

namespace nightreel {

using Json = nlohmann::ordered_json;

template <class T>
Json to_json_value(const T& value);

namespace fields_json {

struct Writer {
    Json& object;

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo&) {
        object[std::string(name)] = to_json_value(value);
    }
};

[[noreturn]] inline void refuse(const std::string& place, std::string_view expected) {
    throw Error(ErrorKind::bad_input, fmt::format("{}: expected {}", place, expected));
}

template <class T>
void read(const Json& json, T& value, const std::string& place);

struct Reader {
    const Json& object;
    const std::string& place;

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo& info) {
        const std::string inner =
            place.empty() ? std::string(name) : fmt::format("{}.{}", place, name);
        const auto found = object.find(std::string(name));
        if (found != object.end()) return read(*found, value, inner);
        if (info.required) throw Error(ErrorKind::bad_input, inner + ": is missing");
    }
};

template <class T>
void read_list(const Json& json, std::vector<T>& values, const std::string& place) {
    if (!json.is_array()) refuse(place, "a list");
    values.clear();
    for (const Json& item : json) {
        T value{};
        read(item, value, fmt::format("{}[{}]", place, values.size()));
        values.push_back(std::move(value));
    }
}

template <class T>
void read_scalar(const Json& json, T& value, const std::string& place) {
    if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) refuse(place, "true or false");
    } else if constexpr (std::is_integral_v<T>) {
        if (!json.is_number_integer()) refuse(place, "a whole number");
        const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                                    : std::in_range<T>(json.get<std::int64_t>());
        if (!fits) refuse(place, "a smaller whole number");
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!json.is_number()) refuse(place, "a number");
    } else {
        if (!json.is_string()) refuse(place, "a text");
    }
    value = json.get<T>();
}

template <class T>
void read(const Json& json, T& value, const std::string& place) {
    if constexpr (std::is_same_v<T, Json>) {
        value = json;
    } else if constexpr (std::is_same_v<T, Digest>) {
        if (!json.is_string()) refuse(place, "a digest");
        const auto text = json.get<std::string>();
        value = text.empty() ? Digest{} : Digest::from_hex(text);
    } else if constexpr (IsOptional<T>::value) {
        value.reset();
        if (!json.is_null()) read(json, value.emplace(), place);
    } else if constexpr (IsVector<T>::value) {
        read_list(json, value, place);
    } else if constexpr (IsMap<T>::value) {
        if (!json.is_object()) refuse(place, "an object");
        for (const auto& [key, item] : json.items()) read(item, value[key], place + "." + key);
    } else if constexpr (DescribedEnum<T>) {
        if (!json.is_string()) refuse(place, "a word");
        const auto found = from_word<T>(json.get<std::string>());
        if (!found)
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: unknown word {}", place, json.dump()));
        value = *found;
    } else if constexpr (Described<T>) {
        if (!json.is_object()) refuse(place, "an object");
        Reader reader{json, place};
        describe(value, reader);
    } else if constexpr (std::is_same_v<T, ByteCount>) {
        const auto count =
            json.is_string() ? TextForm<T>::read(json.get<std::string>()) : std::nullopt;
        if (!count) refuse(place, TextForm<T>::accepted);
        value = *count;
    } else {
        read_scalar(json, value, place);
    }
}

}  // namespace fields_json

template <class T>
Json to_json_value(const T& value) {
    if constexpr (std::is_same_v<T, Digest>) {
        return value.empty() ? std::string() : value.hex();
    } else if constexpr (IsOptional<T>::value) {
        return value ? to_json_value(*value) : Json(nullptr);
    } else if constexpr (IsVector<T>::value) {
        Json list = Json::array();
        for (const auto& item : value) list.push_back(to_json_value(item));
        return list;
    } else if constexpr (IsMap<T>::value) {
        Json object = Json::object();
        for (const auto& [key, item] : value) object[key] = to_json_value(item);
        return object;
    } else if constexpr (DescribedEnum<T>) {
        return std::string(word_of(value));
    } else if constexpr (Described<T>) {
        Json object = Json::object();
        fields_json::Writer writer{object};
        describe(const_cast<T&>(value), writer);  // a writer only reads; describe serves both ways
        return object;
    } else if constexpr (std::is_same_v<T, ByteCount>) {
        return TextForm<T>::write(value);
    } else {
        return Json(value);
    }
}

// Throws Error{bad_input} that names the place ("order.size.width: expected an integer").
template <class T>
T from_json_value(const Json& json, const std::string& place = {}) {
    T value{};
    fields_json::read(json, value, place);
    return value;
}

// Parses text that a program wrote; `what` names it in the error.
inline Json parse_json(std::string_view text, const std::string& what) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) throw Error(ErrorKind::bad_input, what + ": is not valid JSON");
    return json;
}

// What stands under a name; null when there is nothing, or when `json` is no object.
inline Json member_of(const Json& json, std::string_view name) {
    if (!json.is_object()) return nullptr;
    const auto found = json.find(std::string(name));
    return found == json.end() ? Json(nullptr) : *found;
}

}  // namespace nightreel

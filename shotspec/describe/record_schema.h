#pragma once
// JSON Schema (draft 2020-12) of the JSON that fields_json.h writes of a described type, for
// programs that read records. Members that a later release adds are allowed. Pure, any thread.

#include <string>
#include <string_view>
#include <type_traits>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace record_schema {

template <class T>
Json schema_of();

struct Members {
    Json properties = Json::object();
    Json required = Json::array();

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info) {
        Json schema = schema_of<T>();
        schema["description"] = info.meaning;
        properties[std::string(name)] = std::move(schema);
        if (!IsOptional<T>::value) required.emplace_back(name);
    }
};

template <class T>
Json schema_of() {
    if constexpr (std::is_same_v<T, Digest>) {
        return {{"type", "string"}, {"pattern", "^([0-9a-f]{64})?$"}};
    } else if constexpr (IsOptional<T>::value) {
        return {{"anyOf", Json::array({schema_of<typename T::value_type>(), {{"type", "null"}}})}};
    } else if constexpr (IsVector<T>::value) {
        return {{"type", "array"}, {"items", schema_of<typename T::value_type>()}};
    } else if constexpr (IsMap<T>::value) {
        return {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>()}};
    } else if constexpr (DescribedEnum<T>) {
        return {{"enum", words_of<T>()}};
    } else if constexpr (Described<T>) {
        Members members;
        T value{};
        describe(value, members);
        return {{"type", "object"},
                {"properties", std::move(members.properties)},
                {"required", std::move(members.required)}};
    } else if constexpr (std::is_same_v<T, Json>) {
        return Json::object();
    } else if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_integral_v<T>) {
        return {{"type", "integer"}};
    } else if constexpr (std::is_floating_point_v<T>) {
        return {{"type", Json::array({"number", "null"})}};  // null: not a finite number
    } else {
        return {{"type", "string"}};
    }
}

}  // namespace record_schema

template <Described T>
std::string record_schema_of(std::string_view title) {
    Json whole = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
    whole.update(record_schema::schema_of<T>());
    return whole.dump(2) + "\n";
}

}  // namespace nightreel

#pragma once
// JSON Schema (draft 2020-12) of a described type, for editors. A visitor over the same
// descriptions that the reader uses. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "shotspec/describe/field_traits.h"
#include "shotspec/describe/fields.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/describe/list_of_one.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace json_schema {

template <class T>
Json schema_of(const FieldInfo& info);

// Every value but a text may also be a variable that is put in before reading.
Json or_variable(Json schema);
void add_limits(Json& schema, const FieldInfo& info, bool whole);

struct Properties {
    Json& properties;
    std::vector<std::string> required = {};

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info) {
        Json schema = schema_of<T>(info);
        schema["description"] = info.meaning;
        properties[std::string(name)] = std::move(schema);
        if (info.required) required.emplace_back(name);
    }
};

struct FirstProperty {
    std::optional<Json> schema = {};

    template <class T>
    void operator()(std::string_view, T&, const FieldInfo& info) {
        if (!schema) schema = schema_of<T>(info);
    }
};

template <class T>
Json schema_of_map() {
    T value{};
    Json properties = Json::object();
    Properties visitor{properties};
    describe(value, visitor);
    Json schema = {{"type", "object"}, {"properties", properties}};
    if (!visitor.required.empty()) schema["required"] = visitor.required;
    if constexpr (HasExactlyOne<T>) {
        Json choices = Json::array();
        for (const std::string_view word : ExactlyOne<T>::words) {
            choices.push_back({{"required", Json::array({std::string(word)})}});
        }
        schema["oneOf"] = choices;
    }
    schema["additionalProperties"] = false;
    if constexpr (ShortForm<T>::value) {
        FirstProperty first;
        describe(value, first);
        return {{"anyOf", Json::array({*first.schema, schema})}};
    }
    return schema;
}

struct RowItems {
    Json items = Json::array();

    template <class T>
    void operator()(std::string_view, T&, const FieldInfo& info) {
        Json schema = schema_of<T>(info);
        schema["description"] = info.meaning;
        items.push_back(std::move(schema));
    }
};

template <class T>
Json schema_of_row() {
    RowItems row;
    T value{};
    describe(value, row);
    const std::size_t count = row.items.size();
    return {{"type", "array"},
            {"prefixItems", row.items},
            {"items", false},
            {"minItems", count},
            {"maxItems", count}};
}

template <class T>
Json schema_of(const FieldInfo& info) {
    if constexpr (IsOptional<T>::value) {
        return schema_of<typename T::value_type>(info);
    } else if constexpr (HasTextForm<T>) {
        return or_variable(Json::parse(TextForm<T>::json_schema));
    } else if constexpr (IsVector<T>::value) {
        const Json item = schema_of<typename T::value_type>(info);
        const Json list = {{"type", "array"}, {"items", item}};
        if constexpr (ListOfOne<typename T::value_type>::value) {
            return {{"anyOf", Json::array({item, list})}};
        }
        return list;
    } else if constexpr (IsMap<T>::value) {
        return {{"type", "object"},
                {"additionalProperties", schema_of<typename T::mapped_type>(info)}};
    } else if constexpr (DescribedEnum<T>) {
        return or_variable({{"enum", words_of<T>()}});
    } else if constexpr (RowForm<T>::value) {
        return schema_of_row<T>();
    } else if constexpr (Described<T>) {
        return schema_of_map<T>();
    } else if constexpr (std::is_same_v<T, bool>) {
        return or_variable({{"type", "boolean"}});
    } else if constexpr (std::is_arithmetic_v<T>) {
        Json schema = {{"type", std::is_integral_v<T> ? "integer" : "number"}};
        add_limits(schema, info, std::is_integral_v<T>);
        return or_variable(std::move(schema));
    } else {
        return {{"type", "string"}};
    }
}

// The finished document's text, with a line end.
std::string document(Json root, std::string_view title);

}  // namespace json_schema

template <Described T>
std::string json_schema_of(std::string_view title) {
    return json_schema::document(json_schema::schema_of_map<T>(), title);
}

}  // namespace nightreel
